import { join } from 'node:path';
import { type ServiceState, stateLines } from '../compose/service-health.ts';
import type { Context } from '../context.ts';
import type { Plan } from '../installation/plan.ts';
import { installSite } from '../nginx/nginx.ts';
import { quoted, shown } from '../registry/load-credentials.ts';
import { nginxFile } from '../release/layout.ts';

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
 * @param plan what was done
 * @param title ends in a colon
 * @returns the commands by hand
 */
export function tellNext(
  context: Context,
  { installation, files }: Plan,
  title = 'Next: start the platform:',
): readonly string[] {
  const { reporter, cwd } = context;
  const here = shown(context, installation);
  const commands = [`cd ${quoted(join(here, 'backend'))}`, 'docker compose up -d'];
  reporter.line(title);
  for (const command of commands) reporter.line(`  ${command}`);
  // It is found without --dir from here, as `findInstallation` looks for it.
  const found = here === 'proto' || installation === cwd || cwd.startsWith(`${installation}/`);
  const dir = found ? '' : ` --dir ${quoted(here)}`;
  reporter.line(`or, which waits until all of it is healthy: proto-scaffold start${dir}`);
  if (!files.some(({ path }) => path === nginxFile)) return commands;
  reporter.line(`nginx/proto.conf is new; to put it into use: ${installSite}${dir}`);
  return [...commands, `${installSite}${dir}`];
}

export interface StartedPlatform {
  readonly services: readonly ServiceState[];
  /** It ran and was healthy already, and nothing was changed. */
  readonly already: boolean;
  readonly seconds: number;
  /** Where people find it. */
  readonly address?: string;
}
