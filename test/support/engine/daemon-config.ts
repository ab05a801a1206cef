import { basename, join } from 'node:path';

/**
 * What dockerd is reported, as its own configuration file. Everything it keeps lies in `folder`, and it
 * writes nothing to the machine's packet filter: published ports go through docker-proxy, containers
 * of one network meet on their bridge, and no container needs the world outside. There is no default
 * bridge, so `docker run -p` wants a `--network` made before; compose always makes one.
 */
export function daemonConfig(folder: string): Record<string, unknown> {
  return {
    hosts: [`unix://${socketPath(folder)}`],
    'data-root': join(folder, 'data'),
    'exec-root': join(folder, 'exec'),
    pidfile: join(folder, 'dockerd.pid'),
    'cgroup-parent': `/${cgroupName(folder)}`,
    bridge: 'none',
    iptables: false,
    ip6tables: false,
    'ip-masq': false,
    // A test of a pull that breaks off need not wait for five of them.
    'max-download-attempts': 2,
  };
}

/** Short on purpose: the path of a Unix socket holds 107 bytes at most. */
export function socketPath(folder: string): string {
  return join(folder, 'docker.sock');
}

/** The control group that all containers of the engine in `folder` belong to. */
export function cgroupName(folder: string): string {
  return basename(folder);
}
