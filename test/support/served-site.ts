import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';

/** A site as nginx serves it: nginx alone, services that tell what they received, and requests to the byte. */

/** What a service received. */
export interface Received {
  readonly service: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly bytes: number;
}

export interface Services {
  /** Where each service listens: `127.0.0.1:41234`. */
  readonly upstreams: ReadonlyMap<string, string>;
  close(): void;
}

type Special = (answer: ServerResponse) => void | Promise<void>;

/** Answers for some of the paths; all others are answered with what was received. */
const special: Readonly<Record<string, Special>> = {
  '/events': async (answer) => {
    answer.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const part of [1, 2, 3]) {
      answer.write(`data: ${part}\n\n`);
      await sleep(300);
    }
    answer.end();
  },
  '/tokens': async (answer) => {
    answer.writeHead(200, { 'content-type': 'application/json' });
    for (const part of [1, 2, 3]) {
      answer.write(`{"token":${part},"of":"${'x'.repeat(2000)}"}\n`);
      await sleep(300);
    }
    answer.end();
  },
  '/many-headers': (answer) => {
    answer.setHeader('set-cookie', `session=${'x'.repeat(12_000)}`).end('many');
  },
  '/leads-to-itself': (answer) => {
    answer.writeHead(302, { location: 'http://platform:8080/login?next=%2F' }).end();
  },
  '/leads-on': (answer) => {
    answer.writeHead(302, { location: 'https://sso.example.org/' }).end();
  },
};

export async function startServices(names: readonly string[]): Promise<Services> {
  const servers: Server[] = [];
  const upstreams = new Map<string, string>();
  for (const service of names) {
    const server = createServer({ maxHeaderSize: 256 * 1024 }, async (asked, answer) => {
      const path = (asked.url ?? '').replace(/\?.*/, '');
      const bytes = await bodyBytes(asked);
      const extra = special[path];
      if (extra !== undefined) await extra(answer);
      else {
        answer.setHeader('content-type', 'application/json');
        answer.end(JSON.stringify(receivedOf(service, asked, bytes)));
      }
    });
    server.on('upgrade', (asked, socket: Socket) => {
      const body = JSON.stringify(receivedOf(service, asked, 0));
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n',
      );
      socket.end(body);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    servers.push(server);
    upstreams.set(service, `127.0.0.1:${(server.address() as AddressInfo).port}`);
  }
  return {
    upstreams,
    close: () => {
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}

function receivedOf(service: string, asked: IncomingMessage, bytes: number): Received {
  const { method = '', url = '' } = asked;
  return { service, method, url, headers: asked.headers as Record<string, string>, bytes };
}

async function bodyBytes(asked: IncomingMessage): Promise<number> {
  let bytes = 0;
  for await (const chunk of asked) bytes += (chunk as Buffer).length;
  return bytes;
}

/** nginx with some sites alone; all that it writes is in its folder. */
export interface ServedSite {
  /** The access log and the error log together, once they have a line for a path. */
  logs(after: string): Promise<string>;
  close(): Promise<void>;
}

/**
 * @param folder to be made
 * @param sites each a file that is included, in this order; their logs come into the folder
 * @param port answers when nginx has started
 */
export async function serveSites(
  folder: string,
  sites: readonly string[],
  port: number,
): Promise<ServedSite> {
  mkdirSync(folder, { mode: 0o755 });
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const included = sites.map((text, index) => {
    const path = join(folder, `${index}.conf`);
    writeFileSync(path, text.replaceAll('/var/log/nginx/', `${folder}/`));
    return `include ${path};`;
  });
  const conf = [
    ...(process.getuid?.() === 0 ? ['user root;'] : []),
    `pid ${folder}/pid;`,
    `error_log ${folder}/error.log;`,
    'events {}',
    'http {',
    'include /etc/nginx/mime.types;',
    `access_log ${folder}/access.log;`,
    ...temporary.map((name) => `${name}_temp_path ${folder}/${name};`),
    ...included,
    '}',
  ];
  writeFileSync(join(folder, 'nginx.conf'), conf.join('\n'));
  const args = ['-c', join(folder, 'nginx.conf'), '-p', folder, '-g', 'daemon off;'];
  const nginx: ChildProcess = spawn('/usr/sbin/nginx', args, {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  nginx.stderr?.on('data', (chunk) => (said += chunk));
  while (!(await answers(port))) {
    if (nginx.exitCode !== null) throw new Error(`nginx ended with ${nginx.exitCode}: ${said}`);
    await sleep(20);
  }
  return {
    async logs(after) {
      const read = () =>
        ['access.log', 'error.log']
          .map((name) => readFileSync(join(folder, name), 'utf8'))
          .join('');
      for (let left = 100; left > 0 && !read().includes(after); left--) await sleep(20);
      return read();
    },
    async close() {
      if (nginx.exitCode !== null) return;
      nginx.kill('SIGTERM');
      await once(nginx, 'exit');
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.on('error', () => resolve(false)).on('connect', () => socket.destroy());
  });
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export interface RawAnswer {
  /** 0 if the connection was closed without an answer. */
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
  /** Milliseconds from the first byte of the body to the last. */
  readonly spread: number;
}

export interface RawRequest {
  readonly method?: string;
  /** As it is sent: no part of it is encoded or resolved. */
  readonly path: string;
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly tls?: boolean;
  readonly address?: string;
}

/** One request on a connection of its own, sent to the byte as it is given. */
export function rawRequest(port: number, request: RawRequest): Promise<RawAnswer> {
  const { method = 'GET', path, host = 'chat.example-bank.com', headers = {}, body = '' } = request;
  const sent = {
    host,
    connection: 'close',
    ...(body !== '' && { 'content-length': String(Buffer.byteLength(body)) }),
    ...headers,
  };
  const lines = Object.entries(sent).map(([name, value]) => `${name}: ${value}\r\n`);
  const target = { host: request.address ?? '127.0.0.1', port };
  return new Promise((resolve) => {
    const socket = request.tls
      ? connectTls({ ...target, servername: host.replace(/:\d+$/, ''), rejectUnauthorized: false })
      : connect(target);
    const chunks: { at: number; bytes: Buffer }[] = [];
    socket.on('data', (bytes: Buffer) => chunks.push({ at: Date.now(), bytes }));
    socket.on('error', () => {});
    socket.on('close', () => resolve(readAnswer(chunks)));
    socket.write(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
  });
}

function readAnswer(chunks: readonly { at: number; bytes: Buffer }[]): RawAnswer {
  const text = Buffer.concat(chunks.map(({ bytes }) => bytes)).toString('latin1');
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  );
  const whole = rest.join('\r\n\r\n');
  const body =
    headers['transfer-encoding'] === 'chunked'
      ? whole.replace(/(^|\r\n)[0-9a-f]+\r\n/g, '').replace(/\r\n$/, '')
      : whole;
  const spread = (chunks.at(-1)?.at ?? 0) - (chunks[0]?.at ?? 0);
  return { status: Number(first.split(' ')[1] ?? 0), headers, body, spread };
}
