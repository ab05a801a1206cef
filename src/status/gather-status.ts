import { join } from 'node:path';
import { backupsFile, readRecord } from '../backup/record.ts';
import { containerStats, inspectImages } from '../compose/compose-commands.ts';
import { composeModel, containersOf } from '../compose/containers.ts';
import {
  busyServices,
  type ComposeModel,
  type HostImage,
  parseImages,
  parseMemory,
  type ServiceContainer,
} from '../compose/docker-answers.ts';
import { ask, platformState, volumesOf } from '../compose/platform.ts';
import { allReady, serviceStates } from '../compose/service-health.ts';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import type { Lock } from '../installation/lock.ts';
import { readLock } from '../installation/read-installation.ts';
import { readText } from '../lib/fs/files.ts';
import { readDockerConfig } from '../registry/docker-config-file.ts';
import { storedLogin } from '../registry/stored-login.ts';
import { lockedImages } from '../rollback/plan-rollback.ts';
import { certificateStatus } from '../tls/certificate.ts';
import {
  type ImagesStatus,
  type LoginStatus,
  type PlatformStatus,
  serviceStatus,
} from './platform-status.ts';

/**
 * Gathers everything that `status` shows. Without an engine, it shows only the information from the files.
 * @throws UserError DOCKER_ENGINE_UNREACHABLE if this user does not have access to the engine
 */
export async function gatherStatus(context: Context, folder: string): Promise<PlatformStatus> {
  const lock = await readLock(folder);
  const model = await modelOrLock(context, folder, lock);
  const { project } = model;
  const engine = (await platformState(context, project)) !== 'no engine';
  const containers = engine ? await containersOf(context, project) : [];
  const ids = containers.filter(({ state }) => state === 'running').map(({ id }) => id);
  const [memory, ofContainers, images, volumes] = await Promise.all([
    memoryOf(context, ids),
    imagesOf(context, [...new Set(containers.map(({ image }) => image))]),
    engine ? lockedStatus(context, lock) : null,
    engine ? volumesOf(context, project) : [],
  ]);
  const now = Date.now();
  const names = busyServices(model);
  const states = serviceStates(names, containers);
  const facts = { lock, memory, images: ofContainers, uptime: uptimes(containers, now) };
  const { release, appliedAt, appliedBy } = lock;
  return {
    installation: folder,
    release,
    appliedAt,
    appliedBy,
    project,
    engine,
    healthy: engine && allReady(states),
    services: states.map((state) => serviceStatus(state, facts)),
    images,
    volumes,
    login: await loginStatus(context, lock, now),
    certificate: await certificateStatus(folder, now),
    backup: readRecord(await readText(join(folder, backupsFile))).at(-1) ?? null,
  };
}

/** If Compose rejects the files, or docker is missing, the data in lock.json is used instead. */
async function modelOrLock(context: Context, folder: string, lock: Lock): Promise<ComposeModel> {
  try {
    return await composeModel(context, folder);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    if (error.code !== 'DOCKER_NOT_FOUND') context.reporter.notice(error.message);
    const services = Object.keys(lock.images).map((service) => ({ service }));
    return { project: lock.project, services };
  }
}

function uptimes(containers: readonly ServiceContainer[], now: number): Map<string, number> {
  return new Map(
    containers.map(({ id, startedAt }) => {
      const seconds = Math.floor((now - Date.parse(startedAt)) / 1000);
      return [id, Math.max(0, seconds)] as const;
    }),
  );
}

async function memoryOf(context: Context, ids: readonly string[]) {
  if (ids.length === 0) return parseMemory('');
  return parseMemory(await ask(context, containerStats(ids)));
}

async function imagesOf(context: Context, images: readonly string[]): Promise<HostImage[]> {
  if (images.length === 0) return [];
  // docker prints the existing images even if one is missing.
  const text = await ask(context, inspectImages(images));
  return text === '' ? [] : parseImages(text);
}

async function lockedStatus(context: Context, lock: Lock): Promise<ImagesStatus> {
  const wanted = lockedImages(lock);
  const found = await imagesOf(context, wanted);
  const bytes = found.reduce((sum, image) => sum + image.bytes, 0);
  return { onHost: found.length, missing: wanted.length - found.length, bytes };
}

async function loginStatus(
  context: Context,
  { registry }: Lock,
  now: number,
): Promise<LoginStatus> {
  const login = storedLogin(await readDockerConfig(context), registry);
  const expiresAt = login.kind === 'token' ? login.expiresAt : undefined;
  return {
    registry,
    kind: login.kind,
    expiresAt: expiresAt === undefined ? null : new Date(expiresAt).toISOString(),
    secondsLeft: expiresAt === undefined ? null : Math.floor((expiresAt - now) / 1000),
  };
}
