import { readReach } from '../compose/compose-project.ts';
import { refuseUnset } from '../config/load-config.ts';
import type { Context } from '../context.ts';
import { ExitCode, UserError } from '../errors.ts';
import { connectionData, connectionLines, connectionOf } from '../hybrid/connection.ts';
import { firewallLines, firewallScript } from '../hybrid/firewall.ts';
import { readHybrid } from '../hybrid/hybrid.ts';
import { openInstallation } from '../open/open-installation.ts';

export interface ConnectionOptions {
  readonly dir?: string;
  /** Also print the secrets. */
  readonly reveal: boolean;
}

/** Prints what the vendor's platform needs to use the database and bucket of this host (hybrid hosting). */
export async function connection(
  context: Context,
  { dir, reveal }: ConnectionOptions,
): Promise<number> {
  const { reporter } = context;
  const open = { dir, command: 'proto-scaffold connection', changes: false, reveals: reveal };
  await using installation = await openInstallation(context, open);
  const { input, config, site, own } = await readHybrid(context, installation);
  refuseUnset({ config });
  const found = connectionOf({
    ...input,
    site,
    own,
    reaches: await readReach(context, installation.folder),
  });
  if (!found.ok) {
    const faults = found.missing.map(({ file, key }) => ({
      file,
      ...(key !== '' && { key }),
      message: 'is not set',
    }));
    throw new UserError('VALUES_UNSET', 'The connection details are incomplete.', { faults });
  }
  const lines = [...connectionLines(found.connection, reveal), ...firewallLines(found.connection)];
  for (const line of lines) reporter.exact(line);
  reporter.step('');
  reporter.step(
    reveal
      ? 'Send it to the vendor through a secure channel. Do not keep a copy: you can run this command again.'
      : 'Secrets are not shown. To print them for a secure channel: proto-scaffold connection --reveal',
  );
  const firewall = firewallScript(found.connection);
  reporter.result({ ...connectionData(found.connection, reveal), firewall });
  return ExitCode.done;
}
