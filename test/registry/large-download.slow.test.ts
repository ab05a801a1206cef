import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createNetwork } from '../../src/lib/net/network.ts';
import { openRegistry } from '../../src/registry/registry.ts';
import { Secret } from '../../src/secret.ts';

const mebibyte = 1024 ** 2;

/** A path that cuts each connection after 3 MB, and in which every tenth falls silent instead. */
test('200 MB come over a path that breaks off again and again, each byte about once', async () => {
  const blob = randomBytes(200 * mebibyte);
  const digest = `sha256:${createHash('sha256').update(blob).digest('hex')}`;
  let connections = 0;
  let sent = 0;
  const server = createServer((request, response) => {
    connections += 1;
    const from = Number(/\d+/.exec(request.headers.range ?? '0')?.[0]);
    const part = blob.subarray(from, from + 3 * mebibyte);
    sent += part.length;
    response.writeHead(from === 0 ? 200 : 206, {
      'content-length': blob.length - from,
      ...(from > 0 && { 'content-range': `bytes ${from}-${blob.length - 1}/${blob.length}` }),
    });
    if (connections % 10 === 0) response.write(part);
    else response.write(part, () => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const network = createNetwork({ env: {}, limits: { silence: 1000 } });
  const registry = openRegistry({
    proxyEndpoint: url,
    username: 'AWS',
    password: new Secret('x'),
    network,
  });
  const descriptor = { mediaType: 'application/octet-stream', digest, size: blob.length };
  let received = 0;
  try {
    for await (const chunk of registry.openBlob('proto/web', descriptor)) received += chunk.length;
  } finally {
    network.close();
    server.closeAllConnections();
    server.close();
  }
  expect(received).toBe(blob.length);
  expect(connections).toBeGreaterThan(60);
  expect(sent / blob.length).toBeLessThanOrEqual(1.1);
});
