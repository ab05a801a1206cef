import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { docker } from './docker.ts';
import { type Engine, startEngine } from './engine.ts';
import { removeDeadEngines } from './leftovers.ts';

type Place = Pick<Engine, 'host' | 'folder'>;

it('stop() ends an engine with its containers and leaves nothing of it', async () => {
  const links = networkLinks();
  const engine = await startEngine();
  await runContainer(engine);
  expect(networkLinks()).not.toEqual(links);
  expect(processesOf(engine)).not.toEqual([]);

  await engine.stop();
  expect(processesOf(engine)).toEqual([]);
  expect(remains(engine)).toEqual([]);
  await expect.poll(networkLinks).toEqual(links); // The kernel removes a dead namespace's at leisure.
});

it('an engine dies with a killed run, and the next start clears away what is left', async () => {
  const links = networkLinks();
  const program = fileURLToPath(new URL('start-and-wait.ts', import.meta.url));
  const run = spawn(process.execPath, ['--import', 'tsx', program]);
  const [said] = await once(run.stdout, 'data');
  const engine: Place = JSON.parse(String(said));
  await runContainer(engine);

  run.kill('SIGKILL');
  await expect.poll(() => processesOf(engine), { timeout: 20_000 }).toEqual([]);
  expect(remains(engine)).toContain(engine.folder);
  await removeDeadEngines();
  expect(remains(engine)).toEqual([]);
  await expect.poll(networkLinks).toEqual(links);
});

it('clearing away leaves a living engine alone', async () => {
  await removeDeadEngines();
  expect(await docker(['info', '--format', '{{.Driver}}'])).not.toBe('');
});

/** A container on a network of its own, with a published port. */
async function runContainer({ host, folder }: Place): Promise<void> {
  const env = { DOCKER_HOST: host };
  const archive = join(folder, 'tools.tar');
  await promisify(execFile)('tar', ['-C', '/', '-cf', archive, 'bin/busybox']);
  await docker(['import', archive, 'tools'], { env });
  await docker(['network', 'create', 'lane'], { env });
  const options = ['--detach', '--network', 'lane', '--publish', '127.0.0.1::80'];
  await docker(['run', ...options, 'tools', '/bin/busybox', 'sleep', '1000'], { env });
}

/** Folders, mounts and control groups: all else that an engine could leave. */
function remains({ folder }: Place): string[] {
  const name = basename(folder);
  const root = '/sys/fs/cgroup';
  const groups = [root, ...readdirSync(root).map((controller) => join(root, controller))];
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  return [
    ...[folder, ...groups.map((group) => join(group, name))].filter((path) => existsSync(path)),
    ...mounts.filter((mount) => mount.includes(name)),
  ];
}

function networkLinks(): string[] {
  // /sys would show those of the network in which it was mounted.
  const lines = readFileSync('/proc/self/net/dev', 'utf8').split('\n').slice(2);
  return lines.flatMap((line) => /^\s*([^:]+):/.exec(line)?.[1] ?? []).sort();
}

/** Every process with a file of the engine's on its command line: dockerd, containerd, the shims. */
function processesOf({ folder }: Place): string[] {
  return readdirSync('/proc').filter(
    (pid) => /^\d+$/.test(pid) && commandLine(pid).includes(folder),
  );
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // It ended between the listing and the reading.
  }
}
