// A command line that runs another one with a separate network and an empty /run: it cannot reach the machine's
// Docker Engine, its packet filter does not apply, and its ports are isolated. Needs root on Linux.
import { spawnSync } from 'node:child_process';
import { networkInterfaces } from 'node:os';

const script = `PATH=$PATH:/usr/sbin:/sbin ip link set lo up
mount -t tmpfs -o mode=755 tmpfs /run
[ -L /var/run ] || mount -t tmpfs -o mode=755 tmpfs /var/run
exec "$@"`;

/** Wraps a command line. */
export function isolated(...command) {
  return ['unshare', '--net', '--mount', 'sh', '-ec', script, 'sh', ...command];
}

/** Why isolation is not available, or an empty text. */
export function isolationMissing() {
  if (process.platform !== 'linux') return 'it needs Linux';
  if (process.getuid() !== 0) return 'it needs root';
  const [program, ...args] = isolated('true');
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (status === 0) return '';
  return `it cannot create a separate network: ${error?.code ?? stderr.trim()}`;
}

/** Whether this process has a separate network, with only a loopback interface. */
export function isIsolated() {
  return Object.keys(networkInterfaces()).every((name) => name === 'lo');
}
