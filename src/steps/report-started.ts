import { join } from 'node:path';
import type { Context } from '../context.ts';
import { type ServiceState, stateLines } from '../core/service-health.ts';
import { quoted, shown } from './load-credentials.ts';
import type { StartedPlatform } from './start-platform.ts';

/** Says that the platform runs, and where it is found. */
export function tellStarted({ reporter }: Context, started: StartedPlatform): void {
  const { services, already, seconds, address } = started;
  for (const line of stateLines(services)) reporter.line(line);
  const where = address === undefined ? '' : `: ${address}`;
  reporter.line(
    already
      ? `The platform runs already, and all of it is healthy${where}`
      : `The platform runs${where}  (${seconds} s)`,
  );
}

export function startedData({ services, already, seconds, address }: StartedPlatform): object {
  return {
    already,
    seconds,
    ...(address !== undefined && { address }),
    services: servicesData(services),
  };
}

export function servicesData(services: readonly ServiceState[]): object[] {
  return services.map(({ service, state }) => ({ service, state }));
}

/**
 * What to type next, by hand and by the program.
 * @param title ends in a colon
 * @returns the commands by hand
 */
export function tellNext(
  context: Context,
  folder: string,
  title = 'Next: start the platform:',
): readonly string[] {
  const { reporter, cwd } = context;
  const here = shown(context, folder);
  const commands = [`cd ${quoted(join(here, 'backend'))}`, 'docker compose up -d'];
  reporter.line(title);
  for (const command of commands) reporter.line(`  ${command}`);
  // It is found without --dir from here, as `findInstallation` looks for it.
  const found = here === 'proto' || folder === cwd || cwd.startsWith(`${folder}/`);
  const dir = found ? '' : ` --dir ${quoted(here)}`;
  reporter.line(`or, which waits until all of it is healthy: proto-scaffold start${dir}`);
  return commands;
}
