import { refuseUnset } from '../config/load-config.ts';
import type { Context } from '../context.ts';
import { ExitCode, UserError } from '../errors.ts';
import { connectionData, connectionLines, connectionOf } from '../hybrid/connection.ts';
import { readHybrid } from '../hybrid/hybrid.ts';
import { openInstallation } from '../open/open-installation.ts';

export interface ConnectionOptions {
  readonly dir?: string;
  /** Print the secrets, too. */
  readonly reveal: boolean;
}

/** What the vendor's platform needs to use this host's database and bucket (hybrid hosting). */
export async function connection(
  context: Context,
  { dir, reveal }: ConnectionOptions,
): Promise<number> {
  const { reporter } = context;
  const open = { dir, command: 'proto-scaffold connection', changes: false, reveals: reveal };
  await using installation = await openInstallation(context, open);
  const { input, config, site } = await readHybrid(context, installation);
  refuseUnset({ config });
  const found = connectionOf({ ...input, site });
  if (!found.ok) {
    const faults = found.missing.map(({ file, key }) => ({
      file,
      ...(key !== '' && { key }),
      message: 'has no value',
    }));
    throw new UserError('VALUES_UNSET', 'The connection is not complete.', { faults });
  }
  for (const line of connectionLines(found.connection, reveal)) reporter.exact(line);
  reporter.step(
    reveal
      ? '\nSend it to the vendor on a safe channel, and keep no copy: this command prints it again.'
      : '\nSecrets are left out. For all of it, to be sent on a safe channel: proto-scaffold connection --reveal',
  );
  reporter.result(connectionData(found.connection, reveal));
  return ExitCode.done;
}
