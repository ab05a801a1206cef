/** A listening TCP socket. */
export interface Listener {
  readonly port: number;
  /** The address that the socket listens on: `127.0.0.1`, `::`, … */
  readonly address: string;
  /** Inode of the socket, to find its process in /proc/PID/fd. */
  readonly inode: string;
  readonly uid: number;
}

const listening = '0A';

/**
 * The listening sockets of /proc/net/tcp or tcp6 (proc(5)): hexadecimal addresses, in the machine's byte order
 * (every machine that can run the platform is little-endian).
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

/** What uses a port. */
export interface PortHolder {
  readonly port: number;
  readonly address: string;
  /** The name of the program; absent if it belongs to another user, which only root can see. */
  readonly program?: string;
  readonly uid: number;
  /** The Compose project of the container that publishes the port, if Docker could be asked. */
  readonly project?: string;
}

/** Whether two listeners on one port conflict: the same address, or one on all addresses. */
export function overlaps(address: string, other: string): boolean {
  const everywhere = ['0.0.0.0', '::', ''];
  return address === other || everywhere.includes(address) || everywhere.includes(other);
}
