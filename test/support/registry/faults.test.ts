import { request } from 'node:http';
import { GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { basicAuth, ecrClient } from './client.ts';
import { type EmbeddedRegistry, startRegistry } from './index.ts';
import { digestOf } from './store.ts';

const getToken = new GetAuthorizationTokenCommand({});
const content = Buffer.alloc(200_000, 'content ');

let registry: EmbeddedRegistry;
let auth: { readonly authorization: string };
let blob: string;

beforeEach(async () => {
  registry = await startRegistry();
  auth = await basicAuth(registry);
  blob = `/v2/proto/web-app/blobs/${await registry.pushRawBlob('proto/web-app', content)}`;
});
afterEach(() => registry.close());

const get = (path: string, init: RequestInit = {}) =>
  fetch(registry.url + path, { headers: auth, ...init });
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

describe('which requests a fault befalls', () => {
  it('is as many as were ordered, and then none', async () => {
    registry.faults.add({ match: { path: /web-app/ }, times: 2, kind: 'status', status: 503 });

    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await get(blob)).status);
    expect(statuses).toEqual([503, 503, 200]);
    expect(registry.requests.filter(({ fault }) => fault === 'status')).toHaveLength(2);
  });

  it('is reported by role, method, operation and path together', async () => {
    registry.faults.add({ match: { role: 's3' }, kind: 'status', status: 503 });
    registry.faults.add({ match: { method: 'HEAD', path: /blobs/ }, kind: 'status', status: 500 });
    registry.faults.add({
      match: { target: 'BatchGetImage' },
      kind: 'status',
      status: 429,
    });

    expect((await get(blob)).status).toBe(503);
    expect((await get(blob, { method: 'HEAD' })).status).toBe(500);
    expect((await get('/v2/')).status).toBe(200);
    expect((await ecrClient(registry).send(getToken)).$metadata.httpStatusCode).toBe(200);
    registry.faults.clear();
    expect((await get(blob)).status).toBe(200);
  });
});

describe('a fault in place of the answer', () => {
  it('status: is an error of the form that the role has, with Retry-After', async () => {
    registry.faults.add({ match: {}, kind: 'status', status: 429, retryAfterSeconds: 7 });

    await expect(ecrClient(registry).send(getToken)).rejects.toMatchObject({
      name: 'ThrottlingException',
      $metadata: { httpStatusCode: 429 },
    });
    const response = await get('/v2/');
    expect(response.headers.get('retry-after')).toBe('7');
    expect(await response.json()).toMatchObject({ errors: [{ code: 'TOOMANYREQUESTS' }] });
  });

  it('html: is a sign-in page with 200', async () => {
    registry.faults.add({ match: {}, kind: 'html' });
    const response = await get(blob);

    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(await response.text()).toContain('sign in');
  });

  it('not-aws: is the 404 page of some web server', async () => {
    registry.faults.add({ match: {}, kind: 'not-aws' });
    const response = await get('/v2/');

    expect(response.status).toBe(404);
    expect(await response.text()).toContain('nginx');
  });

  it('wrong-json: is JSON of something else, or the text that was ordered', async () => {
    registry.faults.add({ match: {}, times: 1, kind: 'wrong-json' });
    registry.faults.add({ match: {}, kind: 'wrong-json', text: '{"layers":' });

    expect(await (await get('/v2/')).json()).toEqual({ status: 'ok' });
    expect(await (await get('/v2/')).text()).toBe('{"layers":');
  });

  it('redirect: leads where it was ordered', async () => {
    registry.faults.add({ match: {}, kind: 'redirect', location: 'http://127.0.0.1:9/login' });
    const response = await get('/v2/', { redirect: 'manual' });

    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toBe('http://127.0.0.1:9/login');
  });

  it('reset: breaks the connection before any answer', async () => {
    registry.faults.add({ match: {}, kind: 'reset' });

    await expect(get('/v2/')).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
  });

  it('stall: gives no answer until the caller leaves', async () => {
    registry.faults.add({ match: {}, kind: 'stall' });

    const caller = new AbortController();
    const answer = get('/v2/', { signal: caller.signal });
    const seen = registry.requests.length;
    await vi.waitFor(() => expect(registry.requests).toHaveLength(seen + 1));
    caller.abort();

    await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
    expect(registry.requests.at(-1)).toMatchObject({ fault: 'stall', status: undefined });
  });
});

describe('a fault in the sending of the right answer', () => {
  it('slow: gives it, but not at once', async () => {
    registry.faults.add({ match: {}, kind: 'slow', delayMs: 200 });

    await expect(get(blob, { signal: AbortSignal.timeout(50) })).rejects.toThrow();
    expect(content.equals(await bytesOf(await get(blob)))).toBe(true);
  });

  it('cut: gives the first bytes and closes', async () => {
    registry.faults.add({ match: { role: 's3' }, kind: 'cut', afterBytes: 100_000 });
    const received = await receive(await presigned());

    expect(received).toEqual({ bytes: 100_000, announced: '200000', complete: false });
  });

  it('cut: can close after the head alone', async () => {
    registry.faults.add({ match: { role: 's3' }, kind: 'cut', afterBytes: 0 });
    const received = await receive(await presigned());

    expect(received).toEqual({ bytes: 0, announced: '200000', complete: false });
  });

  it('stall-body: gives the first bytes and keeps the connection open', async () => {
    registry.faults.add({ match: { role: 's3' }, kind: 'stall-body', afterBytes: 10 });
    const caller = new AbortController();
    const response = await get(blob, { signal: caller.signal });
    const body = (response.body as ReadableStream<Uint8Array>).getReader();

    expect((await body.read()).value).toHaveLength(10);
    const rest = body.read();
    caller.abort();
    await expect(rest).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('wrong-digest: keeps the length and turns a bit', async () => {
    registry.faults.add({ match: { role: 's3' }, kind: 'wrong-digest' });
    const bytes = await bytesOf(await get(blob));

    expect(bytes).toHaveLength(content.length);
    expect(digestOf(bytes)).not.toBe(digestOf(content));
    expect(content.subarray(1).equals(bytes.subarray(1))).toBe(true);
  });

  it('endless: goes on after the right body until the caller leaves', async () => {
    registry.faults.add({ match: { role: 's3' }, kind: 'endless' });
    const response = await get(blob);
    let received = 0;
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      received += chunk.length;
      if (received > 20 * content.length) break;
    }

    expect(received).toBeGreaterThan(20 * content.length);
    expect(response.headers.get('content-length')).toBeNull();
  });
});

async function presigned(): Promise<string> {
  const response = await get(blob, { redirect: 'manual' });
  return response.headers.get('location') ?? '';
}

/** What really came over the wire, which `fetch` hides once a body breaks off. */
function receive(url: string) {
  return new Promise((resolve, reject) => {
    request(url, (response) => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      response.on('error', () => undefined);
      response.on('close', () =>
        resolve({
          bytes,
          announced: response.headers['content-length'],
          complete: response.complete,
        }),
      );
    })
      .on('error', reject)
      .end();
  });
}
