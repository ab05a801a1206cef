import { BatchGetImageCommand } from '@aws-sdk/client-ecr';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { basicAuth, ecrClient } from './client.ts';
import { type EmbeddedRegistry, exampleKey, type SeededRelease, startRegistry } from './index.ts';
import { digestOf } from './store.ts';

const strangerKey = {
  ...exampleKey,
  accessKeyId: 'AKIAI44QH8DHBEXAMPLE',
  repositories: ['other/one'],
};
const manifestType = 'application/vnd.oci.image.manifest.v1+json';

let registry: EmbeddedRegistry;
let release: SeededRelease;
let auth: { readonly authorization: string };

beforeEach(async () => {
  registry = await startRegistry({ keys: [exampleKey, strangerKey] });
  release = await registry.seedRelease();
  auth = await basicAuth(registry);
});
afterEach(() => registry.close());

const get = (path: string, init: RequestInit = {}) =>
  fetch(registry.url + path, { ...init, headers: { ...auth, ...init.headers } });

async function layerOf(repository: string) {
  const response = await get(`/v2/${repository}/manifests/stable`);
  const manifest = (await response.json()) as { layers: { digest: string; size: number }[] };
  return manifest.layers[0] as { digest: string; size: number };
}

describe('signing in', () => {
  it('is asked for as ECR does it', async () => {
    const response = await fetch(`${registry.url}/v2/`);

    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe(
      `Basic realm="${registry.url}/",service="ecr.amazonaws.com"`,
    );
    expect(await response.text()).toBe('Not Authorized\n');
  });

  it('holds until the token expires', async () => {
    const hours = 60 * 60 * 1000;
    registry.setClockOffset(11.9 * hours);
    expect((await get('/v2/')).status).toBe(200);

    registry.setClockOffset(12 * hours);
    const late = await get('/v2/');

    expect(late.status).toBe(403);
    expect(await late.json()).toEqual({
      errors: [
        {
          code: 'DENIED',
          message: 'Your authorization token has expired. Reauthenticate and try again.',
        },
      ],
    });
  });

  it('fails with 400 for a password that is not a token', async () => {
    const response = await get('/v2/', {
      headers: { authorization: `Basic ${Buffer.from('AWS:guess').toString('base64')}` },
    });

    expect(response.status).toBe(400);
  });
});

describe('a manifest', () => {
  it('is the same by tag and by digest, and HEAD tells its digest', async () => {
    const byTag = await get('/v2/proto/web-app/manifests/stable');
    const digest = release.bundles['web-app'] as string;
    const byDigest = await get(`/v2/proto/web-app/manifests/${digest}`);
    const head = await get('/v2/proto/web-app/manifests/stable', { method: 'HEAD' });

    const bytes = Buffer.from(await byTag.arrayBuffer());
    expect(digestOf(bytes)).toBe(digest);
    expect(Buffer.from(await byDigest.arrayBuffer())).toEqual(bytes);
    expect(head.headers.get('docker-content-digest')).toBe(digest);
    expect(head.headers.get('content-length')).toBe(String(bytes.length));
    expect(head.headers.get('content-type')).toBe(manifestType);
  });

  it('is unknown to a caller who does not accept its media type', async () => {
    const response = await get('/v2/proto/web-app/manifests/stable', {
      headers: { accept: 'application/vnd.docker.distribution.manifest.v2+json' },
    });

    expect(response.status).toBe(404);
  });

  it.each([
    ['/v2/proto/web-app/manifests/2020.1.0', 'MANIFEST_UNKNOWN', 'Requested image not found'],
    [
      '/v2/proto/nothing/manifests/stable',
      'NAME_UNKNOWN',
      "The repository with name 'proto/nothing' does not exist in the registry with id '123456789012'",
    ],
  ])('at %s is refused as %s', async (path, code, message) => {
    const response = await get(path);

    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({ errors: [{ code, message }] });
  });

  it('is refused to a key without permission on that repository', async () => {
    const response = await get('/v2/proto/web-app/manifests/stable', {
      headers: await basicAuth(registry, { key: strangerKey }),
    });

    expect(response.status).toBe(403);
    expect(await response.json()).toEqual({
      errors: [
        {
          code: 'DENIED',
          message:
            'User: arn:aws:iam::123456789012:user/proto-customer is not authorized to perform: ecr:BatchGetImage ' +
            'on resource: arn:aws:ecr:ap-southeast-1:123456789012:repository/proto/web-app because no ' +
            'identity-based policy allows the ecr:BatchGetImage action',
        },
      ],
    });
  });

  it('comes from BatchGetImage as well, with a failure for each that is not there', async () => {
    const answer = await ecrClient(registry).send(
      new BatchGetImageCommand({
        repositoryName: 'proto/platform',
        imageIds: [{ imageTag: 'stable' }, { imageTag: 'none' }],
        acceptedMediaTypes: [manifestType],
      }),
    );

    const digest = release.images.platform as string;
    expect(answer.images?.map(({ imageId }) => imageId)).toEqual([
      { imageTag: 'stable', imageDigest: digest },
    ]);
    expect(digestOf(answer.images?.[0]?.imageManifest ?? '')).toBe(digest);
    expect(answer.failures).toEqual([
      {
        imageId: { imageTag: 'none' },
        failureCode: 'ImageNotFound',
        failureReason: 'Requested image not found',
      },
    ]);
  });

  it('of an unknown repository is an error of BatchGetImage', async () => {
    const command = new BatchGetImageCommand({
      repositoryName: 'proto/nothing',
      imageIds: [{ imageTag: 'stable' }],
    });

    await expect(ecrClient(registry).send(command)).rejects.toMatchObject({
      name: 'RepositoryNotFoundException',
    });
  });
});

describe('a blob', () => {
  it('comes from another host, to which the token does not go', async () => {
    const { digest, size } = await layerOf('proto/web-app');
    const redirect = await get(`/v2/proto/web-app/blobs/${digest}`, { redirect: 'manual' });
    const location = redirect.headers.get('location') ?? '';

    expect(redirect.status).toBe(307);
    expect(new URL(location).origin).toBe(registry.blobUrl);
    const bytes = Buffer.from(await (await fetch(location)).arrayBuffer());
    expect(bytes.length).toBe(size);
    expect(digestOf(bytes)).toBe(digest);

    const withToken = await fetch(location, { headers: auth });
    expect(withToken.status).toBe(400);
    expect(await withToken.text()).toContain('Only one auth mechanism allowed');
  });

  it('is not given without the pre-signed query, nor after its hour', async () => {
    const { digest } = await layerOf('proto/web-app');
    const redirect = await get(`/v2/proto/web-app/blobs/${digest}`, { redirect: 'manual' });
    const location = new URL(redirect.headers.get('location') ?? '');

    expect((await fetch(location.origin + location.pathname)).status).toBe(403);
    registry.setClockOffset(60 * 60 * 1000);
    expect((await fetch(location)).status).toBe(403);
  });

  it('is given in the part that Range names', async () => {
    const { digest, size } = await layerOf('proto/web-app');
    const path = `/v2/proto/web-app/blobs/${digest}`;
    const whole = Buffer.from(await (await get(path)).arrayBuffer());
    const part = await get(path, { headers: { range: 'bytes=10-' } });

    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe(`bytes 10-${size - 1}/${size}`);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(whole.subarray(10));
    expect((await get(path, { headers: { range: `bytes=${size}-` } })).status).toBe(416);
  });

  it('tells its size to HEAD and is unknown in another repository', async () => {
    const { digest, size } = await layerOf('proto/web-app');
    const head = await get(`/v2/proto/web-app/blobs/${digest}`, { method: 'HEAD' });
    const elsewhere = await get(`/v2/proto/webchat/blobs/${digest}`, { method: 'HEAD' });

    expect(head.status).toBe(200);
    expect(head.headers.get('content-length')).toBe(String(size));
    expect(elsewhere.status).toBe(404);
  });

  it('comes directly where redirects are switched off', async () => {
    const direct = await startRegistry({ redirectBlobs: false });
    const digest = await direct.pushRawBlob('proto/web-app', Buffer.from('hello'));
    const response = await fetch(`${direct.url}/v2/proto/web-app/blobs/${digest}`, {
      headers: await basicAuth(direct),
      redirect: 'error',
    });

    expect(await response.text()).toBe('hello');
    await direct.close();
  });
});

describe('hostile content', () => {
  it('can be stored under a digest that is not its own', async () => {
    const digest = `sha256:${'0'.repeat(64)}`;
    await registry.pushRawBlob('proto/web-app', Buffer.from('not what it says'), digest);
    registry.pushRawManifest('proto/web-app', Buffer.from('{"layers":'), { digest, tag: 'torn' });

    const blob = await get(`/v2/proto/web-app/blobs/${digest}`);
    const manifest = await get('/v2/proto/web-app/manifests/torn');

    expect(await blob.text()).toBe('not what it says');
    expect(await manifest.text()).toBe('{"layers":');
    expect(manifest.headers.get('docker-content-digest')).toBe(digest);
  });
});

describe('a request that the registry was never taught', () => {
  it.each(['/v2/_catalog', '/v2/proto/web-app/tags', '/', '/v2/../etc'])(
    'is refused and marked: GET %s',
    async (path) => {
      const response = await get(path);

      expect(response.status).toBe(405);
      expect(registry.requests.at(-1)?.known).toBe(false);
    },
  );
});
