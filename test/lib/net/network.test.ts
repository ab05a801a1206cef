import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { UserError } from '../../../src/errors.ts';
import { createNetwork, type Network, readBody } from '../../../src/lib/net/network.ts';
import { TryAgain } from '../../../src/lib/net/retry.ts';
import { startProxy } from '../../support/registry/index.ts';
import { shortLimits } from './settings.ts';

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

/** A TCP server on loopback that does with each connection what the test says. */
async function serve(talk: (socket: Socket) => void, host = '127.0.0.1'): Promise<string> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    talk(socket);
  });
  server.listen(0, host);
  await once(server, 'listening');
  opened.push({
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
  const { port } = server.address() as AddressInfo;
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

const answering = (text: string) => (socket: Socket) => {
  socket.on('data', () => socket.write(text.replaceAll('\n', '\r\n')));
};

function network(env: Record<string, string> = {}, trace?: (line: string) => void): Network {
  const one = createNetwork({ env, limits: shortLimits, ...(trace && { trace }) });
  opened.push(one);
  return one;
}

async function body(one: Network, url: string): Promise<string> {
  const response = await one.request({ url: new URL(url) });
  return (await readBody(response, 1000)).toString();
}

/** The failure, whether it may pass or not. */
async function failed(promise: Promise<unknown>): Promise<UserError> {
  const error = await promise.then(
    () => expect.fail('succeeded'),
    (reason: unknown) => reason,
  );
  return error instanceof TryAgain ? error.failure : (error as UserError);
}

describe('a request', () => {
  test('gets what the other side says, over IPv4 and IPv6', async () => {
    const ok = answering('HTTP/1.1 200 OK\nX-Twice: a\nX-Twice: b\nContent-Length: 2\n\nhi');
    for (const host of ['127.0.0.1', '::1']) {
      const url = new URL(`http://${await serve(ok, host)}/`);
      const response = await network().request({ url });
      expect([response.status, response.headers['x-twice']]).toEqual([200, 'a, b']);
      expect((await readBody(response, 10)).toString()).toBe('hi');
    }
  });

  test('uses a connection again', async () => {
    let connections = 0;
    const authority = await serve((socket) => {
      connections += 1;
      answering('HTTP/1.1 200 OK\nContent-Length: 2\n\nhi')(socket);
    });
    const one = network();
    await body(one, `http://${authority}/a`);
    (await one.request({ url: new URL(`http://${authority}/b`) })).discard();
    await new Promise(setImmediate);
    await body(one, `http://${authority}/c`);
    expect(connections).toBe(1);
  });

  test('is reported in one line without query, headers or body', async () => {
    const lines: string[] = [];
    const authority = await serve(answering('HTTP/1.1 404 Not Found\nContent-Length: 0\n\n'));
    const one = network({}, (line) => lines.push(line));
    await one.request({
      url: new URL(`http://${authority}/v2/?X-Amz-Signature=hunter2`),
      headers: { authorization: 'Basic hunter2' },
      body: 'hunter2',
    });
    expect(lines).toEqual([expect.stringMatching(/^GET http:\/\/[\d.:]+\/v2\/ → 404 \(\d+ ms\)$/)]);
  });

  test('that is refused, reset or cut is NETWORK_UNREACHABLE', async () => {
    const refusing = await serve(() => {});
    await opened.pop()?.close();
    const resetting = await serve((socket) => socket.once('data', () => socket.resetAndDestroy()));
    const cutting = await serve((socket) => socket.once('data', () => socket.end()));
    for (const authority of [refusing, resetting, cutting]) {
      const error = await failed(body(network(), `http://${authority}/`));
      expect(error.code).toBe('NETWORK_UNREACHABLE');
      expect(error.message).toContain(authority);
    }
  });

  test('to a host that does not exist is NETWORK_DNS and names it', async () => {
    const error = await failed(body(network(), 'http://no-such-host.invalid/'));
    expect(error.code).toBe('NETWORK_DNS');
    expect(error.message).toContain('no-such-host.invalid');
  });

  test('to what speaks no HTTP is REGISTRY_ANSWER_INVALID', async () => {
    const authority = await serve((socket) => socket.end('SSH-2.0-OpenSSH_8.9p1\r\n'));
    const error = await failed(body(network(), `http://${authority}/`));
    expect(error.code).toBe('REGISTRY_ANSWER_INVALID');
    expect(error.message).toContain('does not speak HTTP');
  });

  test('over TLS to what speaks no TLS is NETWORK_TLS', async () => {
    const authority = await serve(answering('HTTP/1.1 400 Bad Request\n\n'));
    const error = await failed(body(network(), `https://${authority}/`));
    expect([error.code, error.message]).toEqual([
      'NETWORK_TLS',
      `The server at ${authority} does not speak TLS.`,
    ]);
  });

  test('that gets no answer, or half of one, ends at the limit for it', async () => {
    const silent = await serve(() => {});
    const half = await serve(answering('HTTP/1.1 200 OK\nContent-Length: 9\n\nhi'));
    for (const [authority, what] of [
      [silent, 'accepted the request, but did not answer within 200 ms.'],
      [half, 'sent no data for 200 ms.'],
    ]) {
      const error = await failed(body(network(), `http://${authority}/`));
      expect([error.code, error.message]).toEqual(['NETWORK_TIMEOUT', `${authority} ${what}`]);
    }
  });

  test('whose TLS handshake hangs ends at the limit for it, and names the size of packets', async () => {
    const authority = await serve(() => {});
    const one = createNetwork({ env: {}, limits: { ...shortLimits, tls: 50 } });
    opened.push(one);
    const error = await failed(body(one, `https://${authority}/`));
    expect([error.code, error.message]).toEqual([
      'NETWORK_TIMEOUT',
      `${authority} accepted a connection, but its TLS handshake did not end within 50 ms.`,
    ]);
    expect(error.hint).toMatch(/MTU.*ping -c 3 -M do -s 1472 127\.0\.0\.1`/);
  });

  test('whose body comes a byte at a time ends, however long each of them is waited for', async () => {
    const authority = await serve((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n');
        const timer = setInterval(() => socket.write('x'), 20);
        socket.once('close', () => clearInterval(timer));
      });
    });
    const error = await failed(body(network(), `http://${authority}/`));
    expect([error.code, error.message]).toEqual([
      'NETWORK_TIMEOUT',
      `${authority} sent fewer than 1024 bytes a second for 200 ms.`,
    ]);
  });

  test('that is broken off within its body is NETWORK_UNREACHABLE', async () => {
    const authority = await serve((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi'));
    });
    const error = await failed(body(network(), `http://${authority}/`));
    expect(error.code).toBe('NETWORK_UNREACHABLE');
  });

  test('with a longer body than expected is REGISTRY_ANSWER_INVALID', async () => {
    const authority = await serve(answering('HTTP/1.1 200 OK\nContent-Length: 4\n\nlong'));
    const response = await network().request({ url: new URL(`http://${authority}/`) });
    const error = await failed(readBody(response, 3));
    expect(error.code).toBe('REGISTRY_ANSWER_INVALID');
  });

  test("ends with the caller's reason when the caller aborts: before, while waiting, in the body", async () => {
    const silent = await serve(() => {});
    const half = await serve(answering('HTTP/1.1 200 OK\nContent-Length: 9\n\nhi'));
    const reason = new Error('interrupted');
    const before = network().request({
      url: new URL('http://h'),
      signal: AbortSignal.abort(reason),
    });
    await expect(before).rejects.toBe(reason);
    const waiting = new AbortController();
    const pending = network().request({
      url: new URL(`http://${silent}/`),
      signal: waiting.signal,
    });
    setTimeout(() => waiting.abort(reason), 20);
    await expect(pending).rejects.toBe(reason);
    const reading = new AbortController();
    const response = await network().request({
      url: new URL(`http://${half}/`),
      signal: reading.signal,
    });
    setTimeout(() => reading.abort(reason), 20);
    await expect(readBody(response, 100)).rejects.toBe(reason);
  });
});

describe('through a web proxy', () => {
  const target = 'https://registry.example/';

  test('that is not there: NETWORK_PROXY with its address', async () => {
    const authority = await serve(() => {});
    await opened.pop()?.close();
    const error = await failed(body(network({ HTTPS_PROXY: `http://${authority}` }), target));
    expect([error.code, error.message]).toEqual([
      'NETWORK_PROXY',
      `Cannot reach the web proxy ${authority} (ECONNREFUSED).`,
    ]);
  });

  test('that should speak TLS and does not: NETWORK_PROXY', async () => {
    const authority = await serve(answering('HTTP/1.1 400 Bad Request\n\n'));
    const error = await failed(body(network({ HTTPS_PROXY: `https://${authority}` }), target));
    expect([error.code, error.message]).toEqual([
      'NETWORK_PROXY',
      `The web proxy ${authority} does not speak TLS, which https:// in its address asks for.`,
    ]);
  });

  test('that never answers: NETWORK_PROXY after the limit for it', async () => {
    const authority = await serve(() => {});
    const one = createNetwork({
      env: { HTTPS_PROXY: `http://${authority}` },
      limits: { ...shortLimits, proxy: 50 },
    });
    opened.push(one);
    const error = await failed(body(one, target));
    expect(error.message).toBe(
      `The web proxy ${authority} accepted a connection, but did not open one to registry.example within 50 ms.`,
    );
  });

  test('that wants a password, or another one: NETWORK_PROXY, and the password in no text', async () => {
    const proxy = await startProxy({
      login: 'user:right',
      routes: { 'registry.example:443': '127.0.0.1:1' },
    });
    opened.push(proxy);
    const { host } = new URL(proxy.url);
    for (const address of [proxy.url, `http://user:hunter2@${host}`]) {
      const lines: string[] = [];
      const error = await failed(
        body(
          network({ HTTPS_PROXY: address }, (line) => lines.push(line)),
          target,
        ),
      );
      expect(error.code).toBe('NETWORK_PROXY');
      expect(error.message).toContain(`${host} requires a user name and password`);
      expect([error.message, error.hint, error.stack, ...lines].join()).not.toContain('hunter2');
    }
  });

  test('that forbids the host: NETWORK_PROXY, naming both', async () => {
    const proxy = await startProxy();
    opened.push(proxy);
    const error = await failed(body(network({ HTTPS_PROXY: proxy.url }), target));
    expect(error.message).toBe(
      `The web proxy ${new URL(proxy.url).host} answered 403 for registry.example.`,
    );
    expect(proxy.requests).toEqual([
      { method: 'CONNECT', target: 'registry.example:443', refused: 403 },
    ]);
  });

  test('whose tunnel leads to what speaks no TLS: NETWORK_TLS', async () => {
    const plain = await serve(answering('HTTP/1.1 400 Bad Request\n\n'));
    const proxy = await startProxy({ routes: { 'registry.example:443': plain } });
    opened.push(proxy);
    const error = await failed(body(network({ HTTPS_PROXY: proxy.url }), target));
    expect([error.code, error.message]).toEqual([
      'NETWORK_TLS',
      'The server at registry.example does not speak TLS.',
    ]);
  });

  test('whose tunnel is reset, or closed, at once: NETWORK_UNREACHABLE', async () => {
    for (const end of ['resetAndDestroy', 'end'] as const) {
      const authority = await serve((socket) => {
        socket.once('data', () => {
          socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
          socket.once('data', () => socket[end]());
        });
      });
      const error = await failed(body(network({ HTTPS_PROXY: `http://${authority}` }), target));
      expect([error.code, error.message]).toEqual([
        'NETWORK_UNREACHABLE',
        'registry.example closed the connection unexpectedly.',
      ]);
    }
  });

  test('an IPv6 host is named in brackets', async () => {
    const proxy = await startProxy();
    opened.push(proxy);
    await failed(body(network({ HTTPS_PROXY: proxy.url }), 'https://[fd00::1]:8443/'));
    expect(proxy.requests[0]?.target).toBe('[fd00::1]:8443');
  });
});

test('closing ends a tunnel that is being opened', async () => {
  const authority = await serve((socket) => socket.once('data', () => one.close()));
  const one = network({ HTTPS_PROXY: `http://${authority}` });
  const error = await failed(body(one, 'https://registry.example/'));
  expect(error.message).toBe('The connections were closed.');
});
