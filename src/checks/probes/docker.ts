import { composeCheck, composeConfig } from '../../compose/compose-commands.ts';
import { parseComposeConfig, serviceIn } from '../../compose/compose-config.ts';
import { composeProject } from '../../compose/compose-project.ts';
import { tryNeeds } from '../../compose/connections.ts';
import { containersOf } from '../../compose/containers.ts';
import {
  dockerEngineHost,
  dockerImageDigests,
  dockerImageUser,
  dockerInfo,
} from '../../compose/docker.ts';
import { dockerFailure } from '../../compose/docker-failures.ts';
import { enginePlace, isPodman } from '../../compose/run-docker.ts';
import type { Context } from '../../context.ts';
import { UserError } from '../../errors.ts';
import { imageReference } from '../../installation/installation.ts';
import { withoutLinks } from '../../lib/fs/files.ts';
import { pathOwner } from '../../lib/fs/ownership.ts';
import { findProgram } from '../../lib/process/find-program.ts';
import { probe } from '../../lib/process/probe.ts';
import { absent, known, refused, valueIn } from '../../lib/process/probed.ts';
import { type Command, type Finished, run } from '../../lib/process/process.ts';
import { mustBeDockerConfig } from '../../registry/docker-config.ts';
import { dockerConfigFile, readDockerConfig } from '../../registry/docker-config-file.ts';
import { type StoredLogin, storedLogin } from '../../registry/stored-login.ts';
import { releaseFor } from '../../release/release.ts';
import { parseDockerInfo } from '../facts/docker-info.ts';
import type { DockerConfigFacts } from '../facts/facts.ts';
import { clientProxies, releaseSettings, settingsOf } from '../facts/service-settings.ts';
import { insideOf, type Probes, type Probing } from './subject.ts';

/** Facts from docker, each from a separate process. */
export function dockerProbes({
  context,
  subject,
  get,
}: Probing): Probes<
  | 'dockerCommand'
  | 'docker'
  | 'dockerConfig'
  | 'clientProxies'
  | 'composeFile'
  | 'mergedFiles'
  | 'services'
  | 'images'
  | 'connections'
> {
  const { env } = context;
  return {
    dockerCommand: () =>
      probe(context, async () => {
        const path = await findProgram('docker', env.PATH);
        if (path === undefined) return absent;
        return known({ path: await withoutLinks(path), isPodman: await isPodman(path) });
      }),
    docker: () =>
      probe(context, async (signal) => {
        const { stdout, stderr, exitCode } = await ask(context, dockerInfo(), signal);
        const facts = parseDockerInfo(stdout, stderr);
        return facts === undefined
          ? refused(stderr || `docker info exited with code ${exitCode} and no output`)
          : known({ ...facts, place: await enginePlace(context) });
      }),
    dockerConfig: () => probe(context, () => lookAtConfig(context, registryOf(subject))),
    clientProxies: () =>
      probe(context, async (signal) => {
        const text = (await readDockerConfig(context)) ?? '';
        if (!text.includes('"proxies"')) return absent;
        const { stdout } = await ask(context, dockerEngineHost(), signal);
        const proxies = clientProxies(text, stdout.trim());
        return proxies === undefined ? absent : known(proxies);
      }),
    mergedFiles: () =>
      probe(context, async (signal) => {
        const project = await composeProject(insideOf(subject).folder, { renamed: true });
        const command = composeConfig(project);
        const { exitCode, stdout, stderr } = await ask(context, command, signal);
        return exitCode === 0 ? known(stdout) : refused(oneLine(stderr) || 'it printed nothing');
      }),
    services: () =>
      probe(context, async (signal) => {
        const { release } = subject.templates;
        if (subject.installation === undefined) {
          return known(releaseSettings(releaseFor(release, 'on-premise')));
        }
        const { folder, lock } = subject.installation;
        const merged = await get('mergedFiles');
        if (merged.kind !== 'known') return merged;
        const config = parseComposeConfig(merged.value);
        if (config === undefined) return refused('it printed something else');
        const docker = valueIn(await get('docker'));
        // Only then does the user of an image matter.
        const rootless =
          docker !== undefined && valueIn(docker.engine)?.security.includes('rootless');
        const images = Object.keys(lock.images).flatMap(
          (name) => serviceIn(config, name)?.image ?? [],
        );
        const users = rootless ? await imageUsers(context, images, signal) : new Map();
        return known(settingsOf(config, Object.keys(lock.images), folder, users));
      }),
    composeFile: () =>
      probe(context, async (signal) => {
        const project = await composeProject(insideOf(subject).folder, { renamed: true });
        const { exitCode, stderr } = await ask(context, composeCheck(project), signal);
        return known({ valid: exitCode === 0, says: oneLine(stderr) });
      }),
    connections: () =>
      probe({ signal: context.signal, limitMs: 20_000 }, async (signal) => {
        const { lock } = insideOf(subject);
        const within = { ...context, signal };
        const containers = await containersOf(within, lock.project);
        const { release } = subject.templates;
        const tried = await tryNeeds(
          within,
          lock.project,
          { release, hosting: lock.hosting },
          containers,
          5,
        );
        return tried.tried === 0 ? absent : known(tried);
      }),
    images: () =>
      probe(context, async (signal) => {
        const { lock } = insideOf(subject);
        const images = Object.entries(lock.images);
        const references = images.map(([, image]) => imageReference(lock.registry, image));
        const command = dockerImageDigests(references);
        const { stdout, stderr } = await ask(context, command, signal);
        const place = await enginePlace(context);
        const failure = stderr === '' ? undefined : dockerFailure(stderr, 'the images', place);
        if (failure?.code === 'DOCKER_ENGINE_UNREACHABLE') return refused(failure.message);
        const missing = images.filter(
          ([, { repository, digest }]) =>
            !stdout.includes(`"${lock.registry}/${repository}@${digest}"`),
        );
        return known({ all: images.length, missing: missing.map(([service]) => service) });
      }),
  };
}

/** The users of the images that are on the host, by image. */
async function imageUsers(
  context: Context,
  images: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const found = images.map(async (image) => {
    const { stdout, exitCode } = await ask(context, dockerImageUser(image), signal);
    return exitCode === 0 ? [[image, stdout.trim()] as const] : [];
  });
  return new Map((await Promise.all(found)).flat());
}

/** Runs docker for a probe, and ends its child processes with it. */
export function ask(
  { env, reporter }: Context,
  command: Command,
  signal: AbortSignal,
): Promise<Finished> {
  reporter.detail(`${command.program} ${command.args.join(' ')}`);
  return run(command, { env, signal, group: true });
}

function registryOf({ installation, account }: Probing['subject']): string {
  return installation?.lock.registry ?? account?.registry ?? '';
}

async function lookAtConfig(context: Context, registry: string) {
  const path = dockerConfigFile(context);
  const text = await readDockerConfig(context);
  if (text === undefined) return absent;
  const login = storedLogin(text, registry);
  const helper = helperOf(login);
  const installed =
    helper !== undefined &&
    (await findProgram(`docker-credential-${helper}`, context.env.PATH)) !== undefined;
  const fault = faultOf(text, path);
  const facts: DockerConfigFacts = {
    path,
    uid: (await pathOwner(path))?.uid ?? 0,
    login,
    ...(fault !== undefined && { fault }),
    ...(helper !== undefined && { helper: { name: helper, installed } }),
  };
  return known(facts);
}

function helperOf(login: StoredLogin): string | undefined {
  if (login.kind === 'helper') return 'proto-scaffold';
  return login.kind === 'elsewhere' ? login.helper : undefined;
}

function faultOf(text: string, path: string): string | undefined {
  try {
    mustBeDockerConfig(text, path);
    return undefined;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.faults[0]?.message ?? 'is not valid';
  }
}

/** Compose repeats its warnings, each with a timestamp. */
function oneLine(text: string): string {
  const lines = text.split('\n').map((line) => /msg="(.*)"\s*$/.exec(line)?.[1] ?? line.trim());
  const plain = lines.map((line) => line.replace(/\\"/g, '"')).filter((line) => line !== '');
  return [...new Set(plain)].join(' ').replace(/\.$/, '').slice(0, 500);
}
