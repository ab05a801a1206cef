import type { Context } from '../../context.ts';
import { type Fault, UserError } from '../../errors.ts';
import { readText, withoutLinks } from '../../lib/fs/files.ts';
import { diskSpace } from '../../lib/fs/free-space.ts';
import { mountOf, parseMountInfo } from '../../lib/fs/mount-info.ts';
import { ownUid } from '../../lib/fs/ownership.ts';
import { mustReadExtraCertificates } from '../../lib/net/extra-certificates.ts';
import { findProgram } from '../../lib/process/find-program.ts';
import { probe } from '../../lib/process/probe.ts';
import { absent, known, type Probed, refused } from '../../lib/process/probed.ts';
import { unsafeVariables, variableFaults } from '../../lib/process/runtime-variables.ts';
import { parseNginxVersion } from '../../release/release-order.ts';
import type { Disk, HostUser } from '../facts/facts.ts';
import { parseMemTotal, parseOsRelease } from '../facts/system-files.ts';
import { ask } from './docker.ts';
import type { Probes, Probing } from './subject.ts';

/** On Debian, these folders are on root's PATH only. */
const systemPrograms = ':/usr/sbin:/usr/local/sbin';
const dockersUsualRoot = '/var/lib/docker';

/** Facts from the operating system. */
export function systemProbes({
  context,
  subject,
  get,
}: Probing): Probes<
  | 'requires'
  | 'user'
  | 'variables'
  | 'now'
  | 'os'
  | 'memory'
  | 'installationDisk'
  | 'dockerDisk'
  | 'nginx'
> {
  return {
    requires: async () => subject.templates.release.requires,
    user: async () => hostUser(context),
    variables: async () => variables(context),
    now: async () => Date.now(),
    os: () => probe(context, () => parsed('/etc/os-release', parseOsRelease)),
    memory: () => probe(context, () => parsed('/proc/meminfo', parseMemTotal)),
    installationDisk: () => probe(context, async () => known(await disk(subject.place))),
    dockerDisk: async () => {
      const docker = await get('docker');
      const engine = docker.kind === 'known' ? docker.value.engine : docker;
      if (engine.kind === 'known' && isElsewhere(context)) {
        return refused('the engine is on another host (DOCKER_HOST)');
      }
      const root = engine.kind === 'known' ? engine.value.root : dockersUsualRoot;
      const space = await probe(context, async () => known(await disk(root)));
      if (space.kind !== 'known') return space;
      const guessed = engine.kind !== 'known';
      const wanted = subject.templates.release.requires.disk_gb * 1000 ** 3;
      const asks = subject.installation !== undefined && !guessed && space.value.free < wanted;
      const images = asks ? await get('images') : undefined;
      const pulls = images?.kind === 'known' ? images.value.missing.length > 0 : undefined;
      return known({ ...space.value, guessed, ...(pulls !== undefined && { pulls }) });
    },
    nginx: () =>
      probe(context, async (signal) => {
        const path = await findProgram('nginx', `${context.env.PATH ?? ''}${systemPrograms}`);
        if (path === undefined) return absent;
        const { stderr } = await ask(context, { program: path, args: ['-v'] }, signal);
        const version = parseNginxVersion(stderr);
        return version === undefined ? refused(stderr || 'it printed nothing') : known(version);
      }),
  };
}

function variables({ env }: Context): readonly Fault[] {
  const unsafe = variableFaults(unsafeVariables(env), env);
  try {
    mustReadExtraCertificates(env);
    return unsafe;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [...unsafe, { file: 'NODE_EXTRA_CA_CERTS', outside: true, message: error.message }];
  }
}

function hostUser({ root, env }: Context): HostUser {
  const sudoUser = env.SUDO_USER;
  return { uid: ownUid(), root, ...(sudoUser && { sudoUser }) };
}

function isElsewhere({ env }: Context): boolean {
  return /^(tcp|ssh|https?):\/\//.test(env.DOCKER_HOST ?? '');
}

async function parsed<T>(path: string, parse: (text: string) => T | undefined): Promise<Probed<T>> {
  const text = await readText(path);
  const value = text === undefined ? undefined : parse(text);
  return value === undefined ? absent : known(value);
}

async function disk(path: string): Promise<Disk> {
  const space = await diskSpace(path);
  const mounts = parseMountInfo((await readText('/proc/self/mountinfo')) ?? '');
  const mount = mountOf(await withoutLinks(space.path), mounts);
  return { ...space, ...(mount !== undefined && { mount }) };
}
