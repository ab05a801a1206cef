import { join } from 'node:path';
import { containerStats, inspectImages } from '../compose/compose-commands.ts';
import { composeProject } from '../compose/compose-project.ts';
import { composeModel, containersOf } from '../compose/containers.ts';
import type { ComposeProject } from '../compose/docker.ts';
import {
  busyServices,
  type ComposeModel,
  type HostImage,
  parseImages,
  parseMemory,
  type ServiceContainer,
} from '../compose/docker-answers.ts';
import { judgeOwnership, ownerProblems } from '../compose/owner.ts';
import { gatherOwnership } from '../compose/ownership.ts';
import { volumesOf } from '../compose/platform.ts';
import { fileUsesOf } from '../compose/reload.ts';
import { question, tryDocker } from '../compose/run-docker.ts';
import { allReady, refreshCommands, serviceStates } from '../compose/service-health.ts';
import { staleServices } from '../compose/stale-files.ts';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { backupsFile, readRecord } from '../installation/backup-record.ts';
import { installedTemplates } from '../installation/installed-templates.ts';
import type { Lock } from '../installation/lock.ts';
import { readLock } from '../installation/read-installation.ts';
import { signerOf } from '../installation/release-signer.ts';
import { readSettings, settingsFile } from '../installation/settings.ts';
import { readText } from '../lib/fs/files.ts';
import { copyProblem } from '../nginx/site-copy.ts';
import { readDockerConfig } from '../registry/docker-config-file.ts';
import { storedLogin } from '../registry/stored-login.ts';
import { lockedImages } from '../rollback/plan-rollback.ts';
import { type CertificateStatus, certificateStatus } from '../tls/certificate.ts';
import { servedCertificate } from '../tls/served.ts';
import {
  type ImagesStatus,
  type LoginStatus,
  type PlatformStatus,
  serviceStatus,
} from './platform-status.ts';

export interface GatheredStatus {
  readonly status: PlatformStatus;
  /** Why the engine could not be asked, so that it is unknown what runs. The status shows the rest. */
  readonly unknown?: UserError;
}

/** Gathers everything that `status` shows. */
export async function gatherStatus(context: Context, folder: string): Promise<GatheredStatus> {
  const lock = await readLock(folder);
  const project = await composeProject(folder, { renamed: true });
  const model = await modelOrLock(context, project, lock);
  const containers = await containersOf(context, project.name).catch(asUserError);
  if (containers instanceof UserError) {
    const status = await statusOf(context, folder, lock, model, undefined);
    return { status, unknown: containers };
  }
  return { status: await statusOf(context, folder, lock, model, containers) };
}

function asUserError(error: unknown): UserError {
  if (error instanceof UserError) return error;
  throw error;
}

/** @param found `undefined` if the engine could not be asked */
async function statusOf(
  context: Context,
  folder: string,
  lock: Lock,
  model: ComposeModel,
  found: readonly ServiceContainer[] | undefined,
): Promise<PlatformStatus> {
  const { project } = lock;
  const engine = found !== undefined;
  const containers = found ?? [];
  const ids = containers.filter(({ state }) => state === 'running').map(({ id }) => id);
  const [memory, ofContainers, images, volumes] = await Promise.all([
    memoryOf(context, ids),
    imagesOf(context, [...new Set(containers.map(({ image }) => image))]),
    engine ? lockedStatus(context, lock) : null,
    engine ? volumesOf(context, project) : [],
  ]);
  const now = Date.now();
  const problem = await copyProblem(folder);
  const names = busyServices(model);
  const states = serviceStates(names, containers).map((state) =>
    engine ? state : { ...state, state: 'unknown' },
  );
  const facts = { lock, memory, images: ofContainers, uptime: uptimes(containers, now) };
  const { release, appliedAt, appliedBy } = lock;
  const signer = await signerOf(folder, lock);
  return {
    installation: folder,
    release: { ...release, ...(signer?.fingerprint && { signedBy: signer.fingerprint }) },
    appliedAt,
    appliedBy,
    project,
    engine,
    healthy: engine && allReady(states),
    problems: [
      ...(engine
        ? [
            ...(await problemsOf(context, folder, lock, model)),
            ...(await staleIn(context, folder, lock, containers)),
          ]
        : []),
      ...(problem === undefined ? [] : [problem]),
    ],
    services: states.map((state) => serviceStatus(state, facts)),
    images,
    volumes,
    login: await loginStatus(context, lock, now),
    certificate: await certificateNow(context, folder, now),
    ignored: Object.fromEntries(readSettings(await readText(join(folder, settingsFile))).ignore),
    backup: readRecord(await readText(join(folder, backupsFile))).at(-1) ?? null,
  };
}

/** The certificate in the file, and whether nginx serves it. */
async function certificateNow(
  { signal }: Context,
  folder: string,
  now: number,
): Promise<CertificateStatus | null> {
  const status = await certificateStatus(folder, now);
  if (status === null || status.problem !== null) return status;
  const served = await servedCertificate(folder, signal);
  if (served === undefined || served.same) return status;
  return { ...status, problem: 'nginx serves another one until it is reloaded' };
}

async function staleIn(
  context: Context,
  folder: string,
  lock: Lock,
  containers: readonly ServiceContainer[],
): Promise<string[]> {
  const { release } = await installedTemplates(context, folder, lock);
  const stale = await staleServices(context, folder, containers, fileUsesOf(release, lock.hosting));
  if (stale.length === 0) return [];
  const files = [...new Set(stale.flatMap((each) => each.files))].join(', ');
  return [
    `Changed since their services started: ${files}. To use them: ${refreshCommands(stale).join('; ')}`,
  ];
}

async function problemsOf(
  context: Context,
  folder: string,
  lock: Lock,
  model: ComposeModel,
): Promise<string[]> {
  const wanted = model.volumes.length === 0 ? undefined : model;
  const facts = await gatherOwnership(context, { name: lock.project, folder }, wanted);
  return ownerProblems(folder, lock, judgeOwnership(facts)).map(({ message }) => message);
}

/** If Compose rejects the files, or docker is missing, the data in lock.json is used instead. */
async function modelOrLock(
  context: Context,
  project: ComposeProject,
  lock: Lock,
): Promise<ComposeModel> {
  try {
    return await composeModel(context, project);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    if (error.code !== 'DOCKER_NOT_FOUND') context.reporter.notice(error.message);
    const services = Object.keys(lock.images).map((service) => ({ service }));
    return { project: lock.project, services, volumes: [], writable: [] };
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
  // A container may have ended meanwhile, and missing memory is not a failure.
  const { exitCode, stdout } = await tryDocker(context, containerStats(ids), question);
  return parseMemory(exitCode === 0 ? stdout : '');
}

async function imagesOf(context: Context, images: readonly string[]): Promise<HostImage[]> {
  if (images.length === 0) return [];
  // docker prints the existing images even if one is missing.
  const { stdout } = await tryDocker(context, inspectImages(images), question);
  return stdout === '' ? [] : parseImages(stdout);
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
