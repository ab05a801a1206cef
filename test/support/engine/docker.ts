import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface DockerOptions {
  readonly cwd?: string;
  /** Added to this process's own environment, which names the engine (`DOCKER_HOST`). */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs the real docker client.
 * @returns its standard output, without the last line's end
 * @throws with the client's own words when it exits with another code than 0
 */
export async function docker(
  args: readonly string[],
  options: DockerOptions = {},
): Promise<string> {
  const { stdout } = await run('docker', [...args], {
    maxBuffer: 64 * 1024 * 1024,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...process.env, ...options.env },
  });
  return stdout.trimEnd();
}

/** Removes all containers, networks and volumes of the tests' engine. */
export async function emptyEngine(): Promise<void> {
  const all = (await docker(['ps', '--all', '--quiet'])).split('\n').filter(Boolean);
  if (all.length > 0) await docker(['rm', '--force', ...all]);
  await docker(['network', 'prune', '--force']);
  await docker(['volume', 'prune', '--all', '--force']);
}
