// A command line that runs another one with a separate network and an empty /run: it cannot reach the machine's
// Docker Engine, its packet filter does not apply, its ports are isolated, and its name server is on its loopback. Needs root on
// Linux.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { networkInterfaces } from 'node:os';

const script = `PATH=$PATH:/usr/sbin:/sbin ip link set lo up
mount -t tmpfs -o mode=755 tmpfs /run
[ -L /var/run ] || mount -t tmpfs -o mode=755 tmpfs /var/run
echo nameserver 127.0.0.1 >/run/resolv.conf
names=$(readlink -m /etc/resolv.conf)
mkdir -p "$(dirname "$names")"
[ -e "$names" ] || : >"$names"
mount --bind /run/resolv.conf "$names"
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

/** Whether this process is isolated: it has only a loopback interface, and cannot reach an engine. */
export function isIsolated() {
  const isAlone = Object.keys(networkInterfaces()).every((name) => name === 'lo');
  return isAlone && existsSync('/run/resolv.conf') && !existsSync('/var/run/docker.sock');
}
