import { join } from 'node:path';
import { type ServiceState, stateLines } from '../compose/service-health.ts';
import type { Context } from '../context.ts';
import type { Plan } from '../installation/plan.ts';
import { quoted } from '../lib/terminal/words.ts';
import { installSite } from '../nginx/nginx.ts';
import { shown } from '../registry/load-credentials.ts';
import { nginxFile } from '../release/layout.ts';

/** Reports that the platform is running, and its address. */
export function printStarted({ reporter }: Context, started: StartedPlatform): void {
  const { services, already, seconds, address } = started;
  for (const line of stateLines(services)) reporter.line(line);
  const where = address === undefined ? '' : `: ${address}`;
  reporter.line(
    already
      ? `The platform is already running and healthy${where}`
      : `The platform is running${where}  (${seconds} s)`,
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
 * Prints the next commands, with docker compose and with proto-scaffold.
 * @param plan what was done
 * @param title ends in a colon
 * @returns the docker compose commands
 */
export function printNextSteps(
  context: Context,
  { installation, files }: Plan,
  title = 'Next: start the platform:',
): readonly string[] {
  const { reporter, cwd } = context;
  const here = shown(context, installation);
  const commands = [`cd ${quoted(join(here, 'backend'))}`, 'docker compose up -d'];
  reporter.line(title);
  for (const command of commands) reporter.line(`  ${command}`);
  // `findInstallation` finds it from the current folder without --dir.
  const found = here === 'proto' || installation === cwd || cwd.startsWith(`${installation}/`);
  const dir = found ? '' : ` --dir ${quoted(here)}`;
  reporter.line(`Or start it and wait until all services are healthy: proto-scaffold start${dir}`);
  if (!files.some(({ path }) => path === nginxFile)) return commands;
  reporter.line(`nginx/proto.conf has changed. To install it: ${installSite}${dir}`);
  return [...commands, `${installSite}${dir}`];
}

export interface StartedPlatform {
  readonly services: readonly ServiceState[];
  /** The platform was already running and healthy, and nothing was changed. */
  readonly already: boolean;
  readonly seconds: number;
  /** The URL of the platform. */
  readonly address?: string;
}
