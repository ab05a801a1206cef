import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** What a server does at most in each connection: everything before goes well, and then it falls silent, or worse. */
export interface Talk {
  readonly authority: string;
  /** Resolves once a connection has come this far. */
  readonly reached: Promise<void>;
  /** How many connections there were. */
  connections(): number;
  close(): void;
}

/** Scripts by phase. `tls`: the connection is accepted. `head`: the request is read. `body`: a part of the answer is sent. */
export type Script = 'tls' | 'head' | 'body' | 'later' | ((socket: Socket) => void);

const answers: Readonly<
  Record<Exclude<Script, 'tls' | 'head' | ((socket: Socket) => void)>, string>
> = {
  body: 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{"a',
  later: 'HTTP/1.1 503 Later\r\nRetry-After: 30\r\nContent-Length: 0\r\n\r\n',
};

/** A TCP server on loopback that goes on to a phase, and no further. */
export async function talk(script: Script): Promise<Talk> {
  const sockets = new Set<Socket>();
  let reach = () => {};
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    if (typeof script === 'function') return script(socket);
    if (script === 'tls') return reach();
    socket.once('data', () => {
      if (script !== 'head') socket.write(answers[script]);
      reach();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    authority: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    reached,
    connections: () => sockets.size,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/**
 * The command line before a program that gives it a network of its own, in which every packet to 10.99.0.0/24 is lost,
 * without a word, and name servers of its own there.
 */
export function inLostNetwork(resolvConf: string): readonly string[] {
  const script = [
    'set -e',
    'ip link set lo up',
    'ip route add local 10.99.0.0/24 dev lo',
    'iptables --append INPUT --destination 10.99.0.0/24 --jump DROP',
    `mount --bind '${resolvConf}' /etc/resolv.conf`,
    'exec "$@"',
  ].join('\n');
  return ['unshare', '--net', '--mount', 'sh', '-c', script, 'sh'];
}

/** Whether a process still runs that has this text in its command line. */
export function stillRuns(text: string): boolean {
  try {
    execFileSync('pgrep', ['--full', '--', text], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
