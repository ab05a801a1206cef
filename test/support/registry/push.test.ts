import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { basicAuth } from './client.ts';
import { type EmbeddedRegistry, exampleKey, pushActions, startRegistry } from './index.ts';
import { digestOf } from './store.ts';

const vendorKey = { ...exampleKey, permissions: pushActions };
const uploads = '/v2/proto/platform/blobs/uploads/';

let registry: EmbeddedRegistry;
let auth: { readonly authorization: string };

beforeEach(async () => {
  registry = await startRegistry({ keys: [vendorKey] });
  registry.createRepository('proto/platform');
  auth = await basicAuth(registry);
});
afterEach(() => registry.close());

const send = (method: string, path: string, body?: Buffer, headers = {}) =>
  fetch(new URL(path, registry.url), {
    method,
    headers: { ...auth, ...headers },
    ...(body && { body: new Uint8Array(body) }),
  });

async function startUpload(): Promise<string> {
  const response = await send('POST', uploads);
  expect(response.status).toBe(202);
  return response.headers.get('location') ?? '';
}

async function pushBlob(bytes: Buffer): Promise<string> {
  const digest = digestOf(bytes);
  const response = await send('PUT', `${await startUpload()}?digest=${digest}`, bytes);
  expect(response.status).toBe(201);
  return digest;
}

describe('a blob upload', () => {
  it('works in one PUT', async () => {
    const digest = await pushBlob(Buffer.from('all at once'));

    const blob = await fetch(`${registry.url}/v2/proto/platform/blobs/${digest}`, {
      method: 'HEAD',
      headers: auth,
    });
    expect(blob.headers.get('content-length')).toBe('11');
  });

  it('works in parts, and their order is checked', async () => {
    const bytes = randomBytes(300_000);
    const location = await startUpload();
    const part = (from: number, to: number) =>
      send('PATCH', location, bytes.subarray(from, to), { 'content-range': `${from}-${to - 1}` });

    const first = await part(0, 100_000);
    expect(first.headers.get('range')).toBe('0-99999');
    expect((await part(150_000, 200_000)).status).toBe(416);
    expect((await part(100_000, 300_000)).headers.get('range')).toBe('0-299999');
    const done = await send('PUT', `${location}?digest=${digestOf(bytes)}`);

    expect(done.status).toBe(201);
    expect(done.headers.get('docker-content-digest')).toBe(digestOf(bytes));
  });

  it('is refused when the digest is wrong, and the upload is gone', async () => {
    const location = await startUpload();
    const path = `${location}?digest=sha256:${'0'.repeat(64)}`;

    expect((await send('PUT', path, Buffer.from('x'))).status).toBe(400);
    expect((await send('PUT', path, Buffer.from('x'))).status).toBe(404);
  });

  it('goes the normal way where a mount from another repository was asked for', async () => {
    const response = await send('POST', `${uploads}?mount=sha256:${'0'.repeat(64)}&from=proto/x`);

    expect(response.status).toBe(202);
  });

  it('is refused to a key that may only pull', async () => {
    const customer = await startRegistry();
    customer.createRepository('proto/platform');
    const response = await fetch(customer.url + uploads, {
      method: 'POST',
      headers: await basicAuth(customer),
    });

    expect(response.status).toBe(403);
    expect(await response.text()).toContain('ecr:InitiateLayerUpload');
    await customer.close();
  });

  it('is refused for a repository that no one has made', async () => {
    const response = await send('POST', '/v2/proto/new/blobs/uploads/');

    expect(response.status).toBe(404);
    expect(await response.text()).toContain('NAME_UNKNOWN');
  });
});

describe('a manifest upload', () => {
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const put = (reference: string, manifest: object) =>
    send(
      'PUT',
      `/v2/proto/platform/manifests/${reference}`,
      Buffer.from(JSON.stringify(manifest)),
      { 'content-type': mediaType },
    );

  it('gives the tag a new meaning', async () => {
    const config = { digest: await pushBlob(Buffer.from('{}')) };
    const manifest = { schemaVersion: 2, mediaType, config, layers: [] };
    const response = await put('stable', manifest);

    expect(response.status).toBe(201);
    const stored = await fetch(`${registry.url}/v2/proto/platform/manifests/stable`, {
      headers: auth,
    });
    expect(await stored.json()).toEqual(manifest);
  });

  it('is refused while a blob that it names is missing', async () => {
    const config = { digest: `sha256:${'1'.repeat(64)}` };
    const response = await put('stable', { mediaType, config, layers: [] });

    expect(await response.json()).toMatchObject({ errors: [{ code: 'BLOB_UPLOAD_UNKNOWN' }] });
  });

  it('is refused under a digest that is not its own', async () => {
    const response = await put(`sha256:${'2'.repeat(64)}`, { mediaType });

    expect(response.status).toBe(400);
    expect(await response.text()).toContain('does not match the image digest that Amazon ECR');
  });
});
