import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import type { Descriptor } from '../../src/registry/manifest.ts';
import { openRegistry, type RegistryClient } from '../../src/registry/registry.ts';
import { Secret } from '../../src/secret.ts';
import { failure, type Opened, type OpenOptions, open } from '../lib/net/opened.ts';
import { scripted } from '../lib/net/scripted.ts';
import { shortLimits } from '../lib/net/settings.ts';
import { exampleKey } from '../support/registry/index.ts';

let opened: Opened;
let registry: RegistryClient;
let descriptor: Descriptor;
afterEach(() => opened.close());

// Incompressible and longer than any buffer on the way.
const bytes = Buffer.alloc(400_000, 'static bundles are stored as blobs ');

async function start(options: OpenOptions = {}, signal?: AbortSignal): Promise<void> {
  opened = await open(options);
  registry = await opened.registry(signal);
  const digest = await opened.rig.pushRawBlob('proto/web', bytes);
  descriptor = { mediaType: 'application/octet-stream', digest, size: bytes.length };
}

const read = (changed: Partial<Descriptor> = {}) =>
  buffer(registry.openBlob('proto/web', { ...descriptor, ...changed }));
const asked = (role: string) => opened.rig.requests.filter((request) => request.role === role);

describe('a blob', () => {
  test('comes from where the registry redirects to, which never sees the token', async () => {
    await start();
    expect((await read()).equals(bytes)).toBe(true);
    const [request] = asked('s3');
    expect(request?.authorization).toBeUndefined();
    expect(request?.headers['user-agent']).toBeUndefined();
    expect(opened.trace.join('\n')).not.toMatch(/X-Amz|Authorization|Basic/);
  });

  test('comes from the registry itself where it keeps blobs itself', async () => {
    await start({ redirectBlobs: false });
    expect((await read()).equals(bytes)).toBe(true);
  });

  test('that is empty is empty', async () => {
    await start();
    const digest = await opened.rig.pushRawBlob('proto/web', Buffer.alloc(0));
    expect((await read({ digest, size: 0 })).length).toBe(0);
  });
});

describe('a broken download', () => {
  test.each([
    [{ kind: 'cut', afterBytes: 100_000 }],
    [{ kind: 'stall-body', afterBytes: 150_000 }],
    [{ kind: 'status', status: 503 }],
    [{ kind: 'reset' }],
  ] as const)('by %j is taken up where it broke', async (fault) => {
    await start();
    opened.rig.faults.add({ ...fault, match: { role: 's3' }, times: 2 });
    expect((await read()).equals(bytes)).toBe(true);
    const ranges = asked('s3').map(({ headers }) => headers.range);
    expect(ranges.length).toBe(3);
    if ('afterBytes' in fault) {
      expect(ranges[0]).toBeUndefined();
      expect(ranges[1]).toMatch(/^bytes=[1-9]\d*-$/);
      expect(ranges[2]).toMatch(/^bytes=[1-9]\d*-$/);
    }
  });

  test('is begun again where the other side knows no ranges', async () => {
    await start();
    let count = 0;
    const server = await scripted(() => {
      count += 1;
      return count === 1
        ? {
            headers: { 'content-length': '400000', connection: 'close' },
            body: bytes.subarray(0, 9),
          }
        : { body: bytes };
    });
    const { network } = opened;
    const password = new Secret('x');
    registry = openRegistry({ proxyEndpoint: server.url, username: 'AWS', password, network });
    expect((await read()).equals(bytes)).toBe(true);
    expect(server.requests.map(({ headers }) => headers.range)).toEqual([undefined, 'bytes=9-']);
    await server.close();
  });

  test('after its last byte is complete, and nothing is asked for beyond it', async () => {
    await start();
    const longer = { 'content-length': String(bytes.length + 1), connection: 'close' };
    const server = await scripted(({ headers }) =>
      headers.range === undefined ? { headers: longer, body: bytes } : { status: 416 },
    );
    const { network } = opened;
    const password = new Secret('x');
    registry = openRegistry({ proxyEndpoint: server.url, username: 'AWS', password, network });
    expect((await read()).equals(bytes)).toBe(true);
    expect(server.requests).toHaveLength(1);
    await server.close();
  });

  test('labelled as a page is judged by its bytes', async () => {
    await start();
    const server = await scripted(() => ({
      headers: { 'content-type': 'text/html' },
      body: bytes,
    }));
    const { network } = opened;
    const password = new Secret('x');
    registry = openRegistry({ proxyEndpoint: server.url, username: 'AWS', password, network });
    expect((await read()).equals(bytes)).toBe(true);
    await server.close();
  });

  test('is given up after some tries that bring next to nothing', async () => {
    await start();
    opened.rig.faults.add({ kind: 'cut', afterBytes: 10, match: { role: 's3' } });
    expect((await failure(read())).code).toBe('NETWORK_UNREACHABLE');
    expect(asked('s3').length).toBe(shortLimits.patientTries);
  });

  test('is not given up while each connection brings more: tries are counted since the last byte', async () => {
    await start();
    opened.rig.faults.add({ kind: 'cut', afterBytes: 70_000, match: { role: 's3' } });
    expect((await read()).equals(bytes)).toBe(true);
    expect(asked('s3').length).toBeGreaterThan(shortLimits.patientTries);
  });

  /** A server that does not know the blob's length, or says a wrong one, and ends the connection as if all were there. */
  test.each([
    ['without a length', {}],
    ['with a length that is too small', { 'content-length': '300000' }],
  ])('that ends too early and cleanly, %s, is taken up there', async (_, headers) => {
    await start();
    const server = await scripted(({ headers: { range } }) => {
      const from = Number(/\d+/.exec(range ?? '0')?.[0]);
      if (from === 0)
        return { headers: { connection: 'close', ...headers }, body: bytes.subarray(0, 300_000) };
      return {
        status: 206,
        headers: { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` },
        body: bytes.subarray(from),
      };
    });
    const { network } = opened;
    const password = new Secret('x');
    registry = openRegistry({ proxyEndpoint: server.url, username: 'AWS', password, network });
    expect((await read()).equals(bytes)).toBe(true);
    expect(server.requests.map(({ headers: { range } }) => range)).toEqual([
      undefined,
      'bytes=300000-',
    ]);
    await server.close();
  });

  test('is taken up although the other side begins earlier than asked', async () => {
    await start();
    const server = await scripted(({ headers: { range } }) =>
      range === undefined
        ? { headers: { connection: 'close' }, body: bytes.subarray(0, 300_000) }
        : {
            status: 206,
            headers: { 'content-range': `bytes 131072-${bytes.length - 1}/${bytes.length}` },
            body: bytes.subarray(131_072),
          },
    );
    const { network } = opened;
    const password = new Secret('x');
    registry = openRegistry({ proxyEndpoint: server.url, username: 'AWS', password, network });
    expect((await read()).equals(bytes)).toBe(true);
    await server.close();
  });

  test('that was compressed on the way says so, and by whom', async () => {
    await start();
    const server = await scripted(() => ({
      headers: { 'content-encoding': 'gzip' },
      body: bytes,
    }));
    const { network } = opened;
    const password = new Secret('x');
    registry = openRegistry({ proxyEndpoint: server.url, username: 'AWS', password, network });
    const error = await failure(read());
    expect([error.code, error.message]).toEqual([
      'REGISTRY_ANSWER_INVALID',
      `The data from ${new URL(server.url).host} was changed on the way: it came with a Content-Encoding.`,
    ]);
    expect(server.requests[0]?.headers['accept-encoding']).toBe('identity');
    await server.close();
  });

  test('goes on with another token where the first expires in the middle', async () => {
    await start({ redirectBlobs: false });
    const { network, rig } = opened;
    const { token } = opened;
    rig.faults.add({ kind: 'cut', afterBytes: 100_000, match: { path: /blobs/ }, times: 1 });
    rig.faults.add({ kind: 'status', status: 401, match: { path: /blobs/ }, times: 1 });
    let renewed = 0;
    const renew = () => {
      renewed += 1;
      return token();
    };
    const client = openRegistry({ ...(await token()), network, renew });
    expect((await buffer(client.openBlob('proto/web', descriptor))).equals(bytes)).toBe(true);
    expect(renewed).toBe(1);
  });

  test.each([429, 503])(
    'that never begins, by %i, is asked for again with patience: the server is there',
    async (status) => {
      await start();
      opened.rig.faults.add({ kind: 'status', status, match: { role: 's3' } });
      expect((await failure(read())).code).toBe('SERVICE_UNAVAILABLE');
      expect(asked('s3').length).toBe(shortLimits.patientTries);
    },
  );

  test('that never begins ends when the time of all tries is over', async () => {
    await start({ limits: { download: { answer: 600_000, totalMs: 50 } } });
    opened.rig.faults.add({ kind: 'stall', match: { role: 's3' } });
    expect((await failure(read())).code).toBe('NETWORK_TIMEOUT');
    expect(asked('s3').length).toBe(1);
  });

  test('that has begun may take longer than the tries of a request', async () => {
    await start({ limits: { silence: 5000, download: { answer: 5000, totalMs: 500 } } });
    let size = 0;
    for await (const chunk of registry.openBlob('proto/web', descriptor)) {
      if (size === 0) await new Promise((resolve) => setTimeout(resolve, 700));
      size += chunk.length;
    }
    expect(size).toBe(bytes.length);
    expect(asked('s3').length).toBe(1);
  });

  test('by silence is NETWORK_TIMEOUT in the end', async () => {
    await start({ limits: { silence: 30, download: { answer: 30, totalMs: 2000 } } });
    opened.rig.faults.add({ kind: 'stall', match: { role: 's3' } });
    expect((await failure(read())).code).toBe('NETWORK_TIMEOUT');
  });

  test('is not waited for longer than the other side may ask', async () => {
    await start();
    const match = { role: 's3' } as const;
    opened.rig.faults.add({ kind: 'status', status: 503, retryAfterSeconds: 9000, match });
    const error = await failure(read());
    expect([error.code, error.hint]).toEqual([
      'SERVICE_UNAVAILABLE',
      'Run the command again in 150 min.',
    ]);
  });

  test("by the caller's abort ends with the caller's reason", async () => {
    const controller = new AbortController();
    await start({}, controller.signal);
    opened.rig.faults.add({ kind: 'stall-body', afterBytes: 10, match: { role: 's3' } });
    const reason = new Error('interrupted');
    setTimeout(() => controller.abort(reason), 50);
    await expect(read()).rejects.toBe(reason);
  });

  test('for a slow reader is none: only silence of the other side counts', async () => {
    await start({ limits: { silence: 60 } });
    let size = 0;
    for await (const chunk of registry.openBlob('proto/web', descriptor)) {
      if (size === 0) await new Promise((resolve) => setTimeout(resolve, 150));
      size += chunk.length;
    }
    expect(size).toBe(bytes.length);
    expect(asked('s3').length).toBe(1);
  });

  test('by the reader itself ends the connection, not the process', async () => {
    await start();
    const stream = registry.openBlob('proto/web', descriptor);
    for await (const chunk of stream) if (chunk.length > 0) break;
    expect(stream.destroyed).toBe(true);
  });
});

describe('wrong bytes are REGISTRY_ANSWER_INVALID', () => {
  test.each([
    ['another digest', { kind: 'wrong-digest' }, 'does not match its digest'],
    ['more than asked for', { kind: 'endless' }, 'is longer than'],
    ["a portal's page", { kind: 'html' }, 'is not a registry (200, text/html'],
  ] as const)('%s', async (_, fault, message) => {
    await start();
    opened.rig.faults.add({ ...fault, match: { role: 's3' } });
    const error = await failure(read());
    expect(error.code).toBe('REGISTRY_ANSWER_INVALID');
    expect(error.message).toContain(message);
    expect(asked('s3').length).toBe(1);
  });

  test.each([
    [bytes.length + 1, 'is shorter than expected: it ended after 400000 bytes'],
    [bytes.length - 1, 'is longer than'],
  ])('a size of %i', async (size, message) => {
    await start();
    expect((await failure(read({ size }))).message).toContain(message);
  });
});

describe('a redirect is not followed', () => {
  test.each([
    ['to what is not HTTP', () => 'ftp://x/'],
    ['to what is not an address', () => 'http://['],
    ['in a circle', () => `${opened.rig.url}/v2/proto/web/blobs/x`],
  ])('%s', async (_, location) => {
    await start();
    opened.rig.faults.add({
      kind: 'redirect',
      status: 307,
      location: location(),
      match: { path: /blobs/ },
    });
    expect((await failure(read())).code).toBe('REGISTRY_ANSWER_INVALID');
    expect(asked('registry').length).toBeLessThanOrEqual(4);
  });
});

describe('a blob that is refused', () => {
  test('for lack of permission: REGISTRY_DENIED, naming it', async () => {
    const permissions = ['ecr:GetAuthorizationToken', 'ecr:BatchGetImage'];
    await start({ keys: [{ ...exampleKey, permissions }] });
    const error = await failure(read());
    expect(error.code).toBe('REGISTRY_DENIED');
    expect(error.message).toContain('lacks the permission ecr:GetDownloadUrlForLayer');
  });

  test('because it is not there: REGISTRY_ANSWER_INVALID, naming it', async () => {
    await start();
    const digest = `sha256:${'0'.repeat(64)}`;
    const error = await failure(read({ digest }));
    expect(error.code).toBe('REGISTRY_ANSWER_INVALID');
    expect(error.message).toContain(`${digest}, a part of proto/web, is missing on`);
  });

  test('by the store behind the registry: REGISTRY_DENIED, naming the store', async () => {
    await start();
    const location = `${opened.rig.blobUrl}/layer-bucket/x?X-Amz-Signature=hunter2`;
    opened.rig.faults.add({ kind: 'redirect', status: 307, location, match: { path: /blobs/ } });
    const error = await failure(read());
    expect(error.code).toBe('REGISTRY_DENIED');
    expect(error.message).toContain(new URL(location).host);
    expect(JSON.stringify([error.message, error.hint])).not.toContain('hunter2');
  });

  test('with something else: REGISTRY_ANSWER_INVALID', async () => {
    await start();
    opened.rig.faults.add({ kind: 'not-aws', match: { role: 's3' } });
    expect((await failure(read())).code).toBe('REGISTRY_ANSWER_INVALID');
  });
});
