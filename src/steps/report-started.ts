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

/** What starts the platform: by the program, and by hand. */
export function startCommands(context: Context, folder: string): readonly string[] {
  const here = shown(context, folder);
  // Found without --dir from where the operator is.
  const found = here === 'proto' || folder === context.cwd;
  return [
    `proto-scaffold start${found ? '' : ` --dir ${quoted(here)}`}`,
    `cd ${quoted(join(here, 'backend'))} && docker compose up -d`,
  ];
}
