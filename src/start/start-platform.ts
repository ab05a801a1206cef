import { requireKnownChecks, runChecks } from '../checks/run-checks.ts';
import { bringMissingImages } from '../compose/bring-images.ts';
import { composeRestart, composeUp } from '../compose/compose-commands.ts';
import { composeProject } from '../compose/compose-project.ts';
import { mustReach, tryNeeds } from '../compose/connections.ts';
import { composeModel, containersOf, mustBeServices } from '../compose/containers.ts';
import type { ComposeProject } from '../compose/docker.ts';
import { busyServices } from '../compose/docker-answers.ts';
import {
  createVolumes,
  forgetData,
  mustHaveData,
  mustOwn,
  recordUse,
  refuseOlderRelease,
  tellingOnly,
  tellOfAdopted,
  usesOf,
} from '../compose/ownership.ts';
import { mustHaveDocker } from '../compose/platform.ts';
import { allReady, type ServiceState, serviceStates } from '../compose/service-health.ts';
import { waitUntilReady } from '../compose/wait-ready.ts';
import { readSite, refuseUnset } from '../config/load-config.ts';
import { type Context, withoutCancellation } from '../context.ts';
import { Interrupted, UserError } from '../errors.ts';
import { refuseWithoutCertificate } from '../hybrid/hybrid.ts';
import type { StartedPlatform } from './report-started.ts';
import { printStarted } from './report-started.ts';

export interface StartOptions {
  /** Maximum time to wait for all services, in seconds. */
  readonly wait: number;
  /** The value of --credentials, for a login if an image is missing. */
  readonly credentials?: string | undefined;
  /** Ids of the checks to skip. */
  readonly ignore: readonly string[];
  /** Start with empty volumes, although there was data. */
  readonly beginEmpty: boolean;
}

/** Checks that `start` does not need: it runs Compose on the files, and pulls missing images. */
const ownMatters = ['compose-file', 'images'];

/**
 * Starts the platform and waits until all services are healthy. Contacts no server if all images are on the host.
 * @param folder of a held installation
 * @throws UserError VALUES_UNSET, CONFIG_UNREADABLE; as `runChecks`; COMPOSE_INVALID, SERVICE_UNHEALTHY; of docker, of
 *   the registry
 */
export async function startPlatform(
  context: Context,
  folder: string,
  { wait, credentials, ignore, beginEmpty }: StartOptions,
): Promise<StartedPlatform> {
  requireKnownChecks(ignore);
  const site = await readSite(context, folder);
  refuseUnset(site);
  await refuseWithoutCertificate(context, site);
  const project = await composeProject(folder);
  const model = await composeModel(context, project);
  await mustHaveDocker(context, { engine: true });
  const { installation } = site;
  const ownership = await mustOwn(context, project, model);
  if (!beginEmpty) await mustHaveData(folder, ownership);
  await refuseOlderRelease(folder, ownership);
  await runChecks(context, 'start', { installation, ignore: [...ignore, ...ownMatters] });
  const { registry } = installation.lock;
  await bringMissingImages(context, model, { folder, registry, credentials });
  const services = busyServices(model);
  const before = serviceStates(services, await containersOf(context, project.name));
  if (beginEmpty && ownership.gone !== undefined) {
    context.reporter.notice(
      `The platform begins with empty volumes: ${ownership.gone.volumes.join(', ')}.`,
    );
    await forgetData(folder);
  }
  tellOfAdopted(context, folder, ownership);
  await recordUse(context, project, []);
  await createVolumes(context, project, model.volumes);
  context.reporter.step('Starting the platform');
  const begun = performance.now();
  const waiting = { project, services, seconds: wait, command: composeUp(project) };
  const after = await waitUntilReady(context, waiting).finally(() => recordData(context, project));
  context.reporter.outcome({
    found: 'All services run.',
    hint: '`proto-scaffold stop` stops them.',
  });
  const containers = after.flatMap((state) => state.containers);
  const { templates, hosting } = site.input;
  const { release } = templates;
  mustReach(await tryNeeds(context, project.name, { release, hosting }, containers));
  return {
    services: after,
    already: allReady(before) && runsOf(before) === runsOf(after),
    seconds: Math.round((performance.now() - begun) / 1000),
    ...(site.url !== undefined &&
      site.input.hosting !== 'hybrid' && { address: `https://${site.url}` }),
  };
}

/** Also after a start that failed or was interrupted: the database may have data already. */
async function recordData(context: Context, project: ComposeProject): Promise<void> {
  const calm = withoutCancellation(context);
  await tellingOnly(context, async () =>
    recordUse(calm, project, usesOf(await containersOf(calm, project.name))),
  );
}

/** The running containers and their start times. */
function runsOf(states: readonly ServiceState[]): string {
  const containers = states.flatMap((state) => state.containers);
  return containers.map(({ id, startedAt }) => `${id} ${startedAt}`).join();
}

/**
 * Restarts services of a running platform, so that they load a changed configuration, and waits for them.
 * @param names of the services; none means all
 * @returns `undefined` if the platform is not running
 * @throws UserError USAGE for an unknown service, and as `startPlatform`
 */
export async function restartServices(
  context: Context,
  folder: string,
  names: readonly string[],
  wait: number,
): Promise<StartedPlatform | undefined> {
  const site = await readSite(context, folder);
  const project = await composeProject(folder);
  const model = await composeModel(context, project);
  await mustOwn(context, project);
  mustBeServices(model, names);
  refuseUnset(site);
  await refuseWithoutCertificate(context, site);
  const services = names.length > 0 ? names : busyServices(model);
  const present = await containersOf(context, project.name);
  if (!present.some(({ service }) => services.includes(service))) return undefined;
  context.reporter.step(`Restarting ${services.join(', ')}`);
  const begun = performance.now();
  const command = composeRestart(project, names);
  const waiting = { project, services, seconds: wait, command };
  return {
    services: await waitUntilReady(context, waiting),
    already: false,
    seconds: Math.round((performance.now() - begun) / 1000),
  };
}

/**
 * Starts the platform after an update.
 * @param state the number of the previous state in the history; absent if there was nothing to update
 * @throws UserError as `startPlatform`, with a hint to roll back if the new release does not start
 */
export async function startUpdated(
  context: Context,
  folder: string,
  options: StartOptions,
  state?: number,
): Promise<StartedPlatform> {
  try {
    const started = await startPlatform(context, folder, options);
    printStarted(context, started);
    return started;
  } catch (error) {
    if (state === undefined) throw error;
    if (error instanceof Interrupted && error.outcome !== undefined) {
      const found = `The new release is installed. ${error.outcome.found}`;
      throw new Interrupted(error.signal, { ...error.outcome, found });
    }
    if (!(error instanceof UserError)) throw error;
    const { code, message, hint, faults, evidence, cause } = error;
    const back = `To return to the previous release, run \`proto-scaffold rollback ${state}\`.`;
    throw new UserError(
      code,
      `The update is complete, but the new release did not start. ${message}`,
      {
        hint: code === 'VALUES_UNSET' ? `${hint} Or: ${back}` : `${back} ${hint}`,
        faults,
        evidence,
        cause,
      },
    );
  }
}
