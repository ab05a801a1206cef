/** A TCP socket that waits for connections. */
export interface Listener {
  readonly port: number;
  /** `127.0.0.1`, `::`, … as far as it matters: on which addresses it listens. */
  readonly address: string;
  /** Of the socket: how its holder is found in /proc/PID/fd. */
  readonly inode: string;
  readonly uid: number;
}

const listening = '0A';

/**
 * The listening sockets of /proc/net/tcp or tcp6 (proc(5)): hexadecimal addresses, in the machine's byte order
 * (every machine that the platform runs on is little-endian).
 */
export function parseSockets(text: string): Listener[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local = '', , state, , , , uid = '', , inode = ''] = line.trim().split(/\s+/);
      const [address = '', port = ''] = local.split(':');
      if (state !== listening) return [];
      return [
        { port: Number.parseInt(port, 16), address: readAddress(address), inode, uid: Number(uid) },
      ];
    });
}

function readAddress(hex: string): string {
  const words = (hex.match(/.{8}/g) ?? []).map((word) => word.match(/../g)?.reverse() ?? []);
  const bytes = words.flat();
  if (bytes.length === 4) return bytes.map((byte) => Number.parseInt(byte, 16)).join('.');
  if (bytes.every((byte) => byte === '00')) return '::';
  const groups = bytes.join('').match(/.{4}/g) ?? [];
  return groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':');
}

/** Who holds a port. */
export interface PortHolder {
  readonly port: number;
  readonly address: string;
  /** The program's name; absent where it is another user's, which only root may see. */
  readonly program?: string;
  readonly uid: number;
  /** The Compose project whose container it is published for, where Docker could be asked. */
  readonly project?: string;
}

/** Whether two listeners on one port are in each other's way: the same address, or one on all addresses. */
export function overlaps(address: string, other: string): boolean {
  const everywhere = ['0.0.0.0', '::', ''];
  return address === other || everywhere.includes(address) || everywhere.includes(other);
}
