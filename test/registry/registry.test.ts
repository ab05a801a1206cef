import { arch } from 'node:process';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { openRegistry, type RegistryClient } from '../../src/registry/registry.ts';
import { Secret } from '../../src/secret.ts';
import { failure, type Opened, type OpenOptions, open } from '../lib/net/opened.ts';
import { type ScriptedAnswer, scripted } from '../lib/net/scripted.ts';
import { exampleKey, pullActions } from '../support/registry/index.ts';

let opened: Opened;
let registry: RegistryClient;
afterEach(() => opened.close());

async function start(options: OpenOptions = {}): Promise<void> {
  opened = await open(options);
  registry = await opened.registry();
}

/** A client of a registry that answers everything like this. */
async function startScripted(answer: ScriptedAnswer): Promise<void> {
  opened = await open();
  const server = await scripted(() => answer);
  const close = opened.close;
  opened = { ...opened, close: () => Promise.all([server.close(), close()]).then(() => {}) };
  registry = openRegistry({
    proxyEndpoint: server.url,
    username: 'AWS',
    password: new Secret('token'),
    network: opened.network,
  });
}

const manifestRequests = () =>
  opened.rig.requests.filter(({ path }) => path.includes('/manifests/')).length;
const own = arch === 'x64' ? 'amd64' : arch;

describe('a tag', () => {
  test.each([['oci'], ['docker']] as const)('of %s leads to a manifest', async (format) => {
    await start();
    const { digest } = await opened.rig.pushImage('proto/platform', 'stable', { format });
    const resolved = await registry.resolve('proto/platform', 'stable');
    expect(resolved).toMatchObject({
      repository: 'proto/platform',
      reference: 'stable',
      digest,
      manifest: { config: {}, layers: [{ digest: expect.stringMatching(/^sha256:/) }] },
    });
    expect(resolved.size).toBeGreaterThan(100);
  });

  test.each([['oci'], ['docker']] as const)('of %s leads to an index', async (format) => {
    await start();
    const platforms = ['linux/amd64', 'linux/arm64'];
    const { digest } = await opened.rig.pushImage('proto/x', 'stable', { format, platforms });
    const resolved = await registry.resolve('proto/x', 'stable');
    expect(resolved.digest).toBe(digest);
    expect(resolved.manifest).toMatchObject({
      manifests: [{ platform: { architecture: 'amd64' } }, { platform: { architecture: 'arm64' } }],
    });
  });

  test('is asked for again after 429, 503, a reset and a cut', async () => {
    await start();
    await opened.rig.pushImage('proto/x', 'stable');
    const match = { path: /manifests/ };
    const { faults } = opened.rig;
    faults.add({ kind: 'status', status: 429, match, times: 1 });
    faults.add({ kind: 'reset', match, times: 1 });
    await registry.resolve('proto/x', 'stable');
    faults.add({ kind: 'status', status: 503, retryAfterSeconds: 0, match, times: 1 });
    faults.add({ kind: 'cut', afterBytes: 10, match, times: 1 });
    await registry.resolve('proto/x', 'stable');
    expect(manifestRequests()).toBe(6);
  });
});

describe('a tag or digest that cannot be resolved', () => {
  test('because there is no such repository: REPOSITORY_UNKNOWN', async () => {
    await start();
    const error = await failure(registry.resolve('proto/nothing', 'stable'));
    expect([error.code, error.message]).toEqual([
      'REPOSITORY_UNKNOWN',
      `Repository proto/nothing not found on ${opened.rig.registryHost}.`,
    ]);
  });

  test('because there is no such tag: RELEASE_UNKNOWN', async () => {
    await start();
    opened.rig.createRepository('proto/x');
    const error = await failure(registry.resolve('proto/x', '2026.13.0'));
    expect([error.code, error.message]).toEqual([
      'RELEASE_UNKNOWN',
      `proto/x:2026.13.0 not found on ${opened.rig.registryHost}.`,
    ]);
  });

  test('because the user may not: REGISTRY_DENIED with user and permission', async () => {
    await start({ keys: [{ ...exampleKey, repositories: ['proto/x'] }] });
    const error = await failure(registry.resolve('proto/y', 'stable'));
    expect(error.code).toBe('REGISTRY_DENIED');
    expect(error.message).toMatch(
      /pull from proto\/y: arn:aws:iam::123456789012:user\/proto-customer lacks the permission ecr:BatchGetImage\.$/,
    );
  });

  test('because the token has expired: REGISTRY_DENIED, saying so', async () => {
    await start({ tokenLifetimeMs: 1000 });
    opened.rig.setClockOffset(2000);
    const error = await failure(registry.resolve('proto/x', 'stable'));
    expect(error.code).toBe('REGISTRY_DENIED');
    expect(error.message).toContain('the token has expired');
    expect(error.hint).toContain('request a new token');
  });

  test('because the token is not a token: REGISTRY_DENIED', async () => {
    await start();
    const { proxyEndpoint, registryHost } = opened.rig;
    const password = new Secret('made-up');
    const { network } = opened;
    registry = openRegistry({ proxyEndpoint, username: 'AWS', password, network });
    const error = await failure(registry.resolve('proto/x', 'stable'));
    expect(error.message).toBe(
      `${registryHost} denied a pull from proto/x: it rejected the token.`,
    );
  });

  test.each([
    [{ status: 401, body: 'Not Authorized' }, 'REGISTRY_DENIED', /rejected the token/],
    [
      { status: 403, body: '{"errors":[{"code":"DENIED","message":"no"}]}' },
      'REGISTRY_DENIED',
      /no reason given/,
    ],
    [
      { status: 403, body: 'x' },
      'REGISTRY_ANSWER_INVALID',
      /refused proto\/x:stable \(403, no code\)/,
    ],
    [
      { status: 405, body: '{"errors":[{"code":"UNSUPPORTED"}]}' },
      'REGISTRY_ANSWER_INVALID',
      /\(405, UNSUPPORTED\)/,
    ],
    [
      { status: 400, body: '{"errors":[{"code":"\\u001b[31m"}]}' },
      'REGISTRY_ANSWER_INVALID',
      /\(400, no code\)/,
    ],
    [
      { status: 200, headers: { 'content-type': 'text/html' }, body: '<p>Welcome' },
      'REGISTRY_ANSWER_INVALID',
      /is not a registry \(200, text\/html\)/,
    ],
    [{ status: 502, body: 'x' }, 'SERVICE_UNAVAILABLE', /reported a server error \(502\)/],
    [{ status: 429, body: 'x' }, 'SERVICE_UNAVAILABLE', /is limiting requests \(429\)/],
    [
      { status: 307, headers: { location: 'https://portal.example/?x=hunter2' } },
      'REGISTRY_ANSWER_INVALID',
      /307, a redirect to portal\.example\)/,
    ],
    [{ status: 307, headers: { location: 'http://[' } }, 'REGISTRY_ANSWER_INVALID', /to nowhere/],
  ])('because the answer is %j: %s', async (answer, code, message) => {
    await startScripted(answer);
    const error = await failure(registry.resolve('proto/x', 'stable'));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('hunter2');
  });

  test.each([
    ['not json'],
    ['null'],
    ['{}'],
    ['{"manifests":[{"mediaType":"x","digest":"sha256:short","size":1}]}'],
    ['{"manifests":{}}'],
    ['{"config":{"mediaType":"x","digest":"md5:0","size":1},"layers":[]}'],
    [`{"config":{"mediaType":"x","digest":"sha256:${'0'.repeat(64)}","size":-1},"layers":[]}`],
    [`{"config":{"mediaType":"x","digest":"sha256:${'0'.repeat(64)}","size":1},"layers":[7]}`],
  ])('because %s is not a manifest: REGISTRY_ANSWER_INVALID', async (text) => {
    await start();
    opened.rig.pushRawManifest('proto/x', Buffer.from(text), { tag: 'stable' });
    const error = await failure(registry.resolve('proto/x', 'stable'));
    expect([error.code, error.message]).toEqual([
      'REGISTRY_ANSWER_INVALID',
      'The content of proto/x:stable is not a manifest.',
    ]);
  });

  test('because its bytes have another digest than told: REGISTRY_ANSWER_INVALID', async () => {
    await start();
    const { digest } = await opened.rig.pushImage('proto/x', 'stable');
    opened.rig.faults.add({ kind: 'wrong-digest', match: { path: /manifests/ } });
    for (const reference of ['stable', digest]) {
      const error = await failure(registry.resolve('proto/x', reference));
      expect(error.code).toBe('REGISTRY_ANSWER_INVALID');
      expect(error.message).toContain('does not match its digest');
    }
  });

  test('because another manifest comes for a digest: REGISTRY_ANSWER_INVALID', async () => {
    const body = '{"manifests":[]}';
    await startScripted({ body });
    const error = await failure(registry.resolve('proto/x', `sha256:${'0'.repeat(64)}`));
    expect(error.message).toContain(`proto/x@sha256:000`);
  });

  test('because it has no end: REGISTRY_ANSWER_INVALID', async () => {
    await start();
    await opened.rig.pushImage('proto/x', 'stable');
    opened.rig.faults.add({ kind: 'endless', match: { path: /manifests/ } });
    const error = await failure(registry.resolve('proto/x', 'stable'));
    expect(error.message).toContain('exceeds the limit of 4194304 bytes');
  });
});

describe('many tags', () => {
  const ask = (...names: string[]) =>
    registry.resolveAll(
      names.map((name) => ({ repository: `proto/${name}`, reference: 'stable' })),
    );

  test('come in the order asked, whichever is answered first', async () => {
    await start();
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    for (const name of names) await opened.rig.pushImage(`proto/${name}`, 'stable');
    opened.rig.faults.add({ kind: 'slow', delayMs: 50, match: { path: /proto\/[adh]/ } });
    const found = await ask(...names);
    expect(found.map(({ repository }) => repository)).toEqual(names.map((name) => `proto/${name}`));
  });

  test('are asked for six at a time', async () => {
    opened = await open({ limits: { answer: 5000, silence: 5000 } });
    const controller = new AbortController();
    registry = await opened.registry(controller.signal);
    opened.rig.faults.add({ kind: 'stall', match: { path: /manifests/ } });
    const pending = ask('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
    await vi.waitFor(() => expect(manifestRequests()).toBe(6));
    const settled = expect(pending).rejects.toThrow('enough');
    controller.abort(new Error('enough'));
    await settled;
    expect(manifestRequests()).toBe(6);
  });

  test('of which one is missing fail with its own failure', async () => {
    await start();
    await opened.rig.pushImage('proto/a', 'stable');
    const error = await failure(ask('a', 'b'));
    expect([error.code, error.faults]).toEqual(['REPOSITORY_UNKNOWN', []]);
  });

  test('of which several are missing fail with a list of them', async () => {
    const repositories = ['proto/a', 'proto/c', 'proto/d'];
    await start({ keys: [{ ...exampleKey, permissions: pullActions, repositories }] });
    await opened.rig.pushImage('proto/a', 'stable');
    opened.rig.createRepository('proto/d');
    const error = await failure(ask('a', 'b', 'c', 'd'));
    const { registryHost } = opened.rig;
    expect(error.message).toBe(`3 of 4 repositories could not be resolved on ${registryHost}.`);
    expect(error.faults.map(({ file }) => file)).toEqual(
      ['b', 'c', 'd'].map((name) => `${registryHost}/proto/${name}:stable`),
    );
    expect(error.faults.map(({ message }) => message)).toEqual([
      expect.stringContaining('lacks the permission'),
      expect.stringContaining('Repository proto/c not found'),
      expect.stringContaining('proto/d:stable not found'),
    ]);
  });

  test('fail at once where the registry itself fails', async () => {
    await start({ limits: { tries: 1, patientTries: 1 } });
    opened.rig.faults.add({ kind: 'status', status: 500, match: { path: /manifests/ } });
    const error = await failure(ask('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'));
    expect([error.code, error.faults]).toEqual(['SERVICE_UNAVAILABLE', []]);
    expect(manifestRequests()).toBeLessThanOrEqual(6);
  });

  test("end with the caller's reason", async () => {
    opened = await open();
    const controller = new AbortController();
    registry = await opened.registry(controller.signal);
    opened.rig.faults.add({ kind: 'stall', match: { path: /manifests/ } });
    const reason = new Error('interrupted');
    setTimeout(() => controller.abort(reason), 30);
    await expect(ask('a', 'b')).rejects.toBe(reason);
  });

  test('are none where none was asked for', async () => {
    await start();
    expect(await ask()).toEqual([]);
  });
});

describe('what an image says of itself', () => {
  const of = async (repository: string) => {
    const resolved = await registry.resolve(repository, 'stable');
    return {
      version: await registry.version(resolved),
      size: await registry.downloadSize(resolved),
    };
  };

  test.each([['oci'], ['docker']] as const)('its version is a label (%s)', async (format) => {
    await start();
    await opened.rig.pushImage('proto/x', 'stable', { format, version: '2026.11.0', size: 5000 });
    const { version, size } = await of('proto/x');
    expect(version).toBe('2026.11.0');
    expect(size).toBeGreaterThan(5000);
  });

  test('an index has the version of the image for this processor', async () => {
    await start();
    const platforms = ['linux/s390x', `linux/${own}`];
    await opened.rig.pushImage('proto/x', 'stable', { platforms, version: '2' });
    expect((await of('proto/x')).version).toBe('2');
  });

  test('an index with linux/amd64 alone serves any processor', async () => {
    await start();
    await opened.rig.pushImage('proto/x', 'stable', { platforms: ['linux/amd64'], version: '3' });
    expect((await of('proto/x')).version).toBe('3');
  });

  test('which is only shown: a body that falls silent does not fail the command', async () => {
    await start({ limits: { patientTries: 1 } });
    await opened.rig.pushImage('proto/x', 'stable', { version: '2026.11.0' });
    opened.rig.faults.add({ kind: 'stall-body', afterBytes: 10, match: { role: 's3' } });
    const resolved = await registry.resolve('proto/x', 'stable');
    expect(await registry.version(resolved)).toBeUndefined();
  });

  test('an index without an image for this processor is REGISTRY_ANSWER_INVALID', async () => {
    await start();
    await opened.rig.pushImage('proto/x', 'stable', { platforms: ['linux/s390x'] });
    const error = await failure(of('proto/x'));
    expect([error.code, error.message]).toEqual([
      'REGISTRY_ANSWER_INVALID',
      "proto/x:stable has no Linux image for this host's CPU architecture.",
    ]);
  });

  test('a static bundle has its version in an annotation, and needs no further request', async () => {
    await start();
    await opened.rig.pushBundle('proto/web', 'stable', [{ path: 'a' }], { version: '7' });
    const resolved = await registry.resolve('proto/web', 'stable');
    const before = opened.rig.requests.length;
    expect(await registry.version(resolved)).toBe('7');
    expect(opened.rig.requests.length).toBe(before);
  });

  test('there is no version where nothing says one', async () => {
    await start();
    await opened.rig.pushBundle('proto/web', 'stable', [{ path: 'a' }]);
    expect((await of('proto/web')).version).toBeUndefined();
    const config = await opened.rig.pushRawBlob('proto/y', Buffer.from('{"config":{}}'));
    opened.rig.pushRawManifest('proto/y', manifestWith(config, 13), { tag: 'stable' });
    expect((await of('proto/y')).version).toBeUndefined();
  });

  const versions = (version: string) => ({ 'org.opencontainers.image.version': version });

  test('an image in an index has its version in an annotation before that in a label', async () => {
    await start();
    const { rig } = opened;
    const labels = { config: { Labels: versions('of-the-label') } };
    const config = Buffer.from(JSON.stringify(labels));
    const image = manifestWith(await rig.pushRawBlob('proto/x', config), config.length);
    const indexOf = (child: object, more = {}) => {
      const mediaType = 'application/vnd.oci.image.index.v1+json';
      const digest = rig.pushRawManifest('proto/x', child, {});
      const platform = { os: 'linux', architecture: own };
      const manifests = [{ mediaType: 'x', digest, size: 9, platform }];
      rig.pushRawManifest(
        'proto/x',
        { mediaType, manifests, ...more },
        { mediaType, tag: 'stable' },
      );
      return of('proto/x');
    };
    expect((await indexOf(image)).version).toBe('of-the-label');
    const annotated = { ...image, annotations: versions('of-the-image') };
    expect((await indexOf(annotated)).version).toBe('of-the-image');
    const annotations = versions('of-the-index');
    expect((await indexOf(annotated, { annotations })).version).toBe('of-the-index');
  });

  test('a config that is not an image’s, or too large for one, is not read for a version', async () => {
    await start();
    const { rig } = opened;
    const labels = JSON.stringify({ config: { Labels: versions('1') } });
    const digest = await rig.pushRawBlob('proto/x', Buffer.from(labels));
    const versionWith = async (config: object) => {
      const manifest = { schemaVersion: 2, config: { digest, ...config }, layers: [] };
      rig.pushRawManifest('proto/x', manifest, { tag: 'stable' });
      const before = rig.requests.length;
      const resolved = await registry.resolve('proto/x', 'stable');
      const version = await registry.version(resolved);
      return [version, rig.requests.slice(before).some(({ path }) => path.includes('/blobs/'))];
    };
    const size = labels.length;
    const mediaType = 'application/vnd.oci.image.config.v1+json';
    expect(await versionWith({ mediaType, size })).toEqual(['1', true]);
    const other = 'application/vnd.example.config.v1+json';
    expect(await versionWith({ mediaType: other, size })).toEqual([undefined, false]);
    const tooLarge = 4 * 1024 * 1024 + 1;
    expect(await versionWith({ mediaType, size: tooLarge })).toEqual([undefined, false]);
  });

  test('an index whose child is an index is REGISTRY_ANSWER_INVALID', async () => {
    await start();
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    const inner = { mediaType, manifests: [] };
    const digest = opened.rig.pushRawManifest('proto/z', inner, { mediaType });
    const platform = { os: 'linux', architecture: own };
    const outer = { mediaType, manifests: [{ mediaType, digest, size: 9, platform }] };
    opened.rig.pushRawManifest('proto/z', outer, { mediaType, tag: 'stable' });
    expect((await failure(of('proto/z'))).code).toBe('REGISTRY_ANSWER_INVALID');
  });
});

function manifestWith(digest: string, size: number): object {
  const mediaType = 'application/vnd.oci.image.config.v1+json';
  return { schemaVersion: 2, config: { mediaType, digest, size }, layers: [] };
}
