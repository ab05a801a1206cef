import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/**
 * Runs a daemon as the first process of its own process and mount namespaces. When that process dies
 * the kernel kills every container with it and drops every mount; when the process that called this
 * dies, however it dies, the daemon dies too.
 * `/run` is empty in there, so the daemon can neither find nor disturb the machine's containerd.
 * @param command program and arguments
 * @param logFile takes the daemon's output
 */
export function spawnIsolated(command: readonly string[], logFile: string): ChildProcess {
  const log = openSync(logFile, 'a');
  const child = spawn(
    'setpriv',
    [
      '--pdeathsig=KILL',
      ...['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'],
      ...['sh', '-c', 'mount -t tmpfs tmpfs /run && exec "$@"', 'sh'],
      ...command,
    ],
    // The proxy settings and the like of the tests are not the daemon's.
    { stdio: ['ignore', log, log], env: { PATH: process.env.PATH } },
  );
  closeSync(log);
  return child;
}

/** Kills what `spawnIsolated` started, and comes back when every process in there is gone. */
export async function killIsolated(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  const { pid } = child;
  // The namespace's first process, not unshare itself: the kernel lets a parent learn of its death
  // only after all others in the namespace have gone.
  const first = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  for (const id of first.split(' ').filter(Boolean)) process.kill(Number(id), 'SIGKILL');
  if (first === '') child.kill('SIGKILL');
  await gone;
}
