// A command line that runs another one with a network and an empty /run of its own: it can neither find the machine's
// Docker Engine nor be met by its packet filter, its ports are nobody else's, and its name server is who listens there. As root
// on Linux.
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

/** The command line around another one. */
export function isolated(...command) {
  return ['unshare', '--net', '--mount', 'sh', '-ec', script, 'sh', ...command];
}

/** Why that can not be had here, or nothing. */
export function isolationMissing() {
  if (process.platform !== 'linux') return 'it needs Linux';
  if (process.getuid() !== 0) return 'it needs root';
  const [program, ...args] = isolated('true');
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (status === 0) return '';
  return `no network of its own can be made: ${error?.code ?? stderr.trim()}`;
}

/** Whether this process has a network of its own, as in there: nothing but its loopback, and nobody's engine. */
export function isIsolated() {
  const isAlone = Object.keys(networkInterfaces()).every((name) => name === 'lo');
  return isAlone && existsSync('/run/resolv.conf') && !existsSync('/var/run/docker.sock');
}
