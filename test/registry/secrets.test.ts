import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { fetchBundle } from '../../src/bundles/bundle.ts';
import { createNetwork } from '../../src/lib/net/network.ts';
import { getAuthorizationToken } from '../../src/registry/ecr.ts';
import { openRegistry } from '../../src/registry/registry.ts';
import { Secret } from '../../src/secret.ts';
import { failure } from '../lib/net/opened.ts';
import { scripted } from '../lib/net/scripted.ts';
import { credentials, shortLimits } from '../lib/net/settings.ts';
import { exampleKey, type Fault, startProxy, startRegistry } from '../support/registry/index.ts';

const secretKey = 'Canary/Secret+Key/0123456789abcdefghijklm';
const sessionToken = 'CanarySessionToken0123456789';
const proxyPassword = 'CanaryProxyPassword';
const aws = credentials({
  secretAccessKey: new Secret(secretKey),
  sessionToken: new Secret(sessionToken),
});
const key = { ...exampleKey, secretAccessKey: secretKey, sessionToken };

/** Everything that printing or serialising could bring out. */
function allOf(value: unknown): string {
  return inspect(value, {
    depth: Number.POSITIVE_INFINITY,
    showHidden: true,
    maxStringLength: null,
  });
}

const faults: readonly Fault[] = [
  { kind: 'status', status: 503, match: {} },
  { kind: 'status', status: 429, match: {} },
  { kind: 'stall', match: {} },
  { kind: 'stall-body', afterBytes: 3, match: {} },
  { kind: 'cut', afterBytes: 3, match: {} },
  { kind: 'reset', match: {} },
  { kind: 'html', match: {} },
  { kind: 'wrong-json', match: {} },
  { kind: 'wrong-json', text: '{', match: {} },
  { kind: 'redirect', location: 'https://x.example/?X-Amz-Signature=Canary', match: {} },
  { kind: 'wrong-digest', match: {} },
  { kind: 'endless', match: {} },
  { kind: 'not-aws', match: {} },
];

test.each(faults)('no secret is in what $kind brings out, nor in the trace', async (fault) => {
  const rig = await startRegistry({ keys: [key] });
  const trace: string[] = [];
  const network = createNetwork({
    env: { AWS_ENDPOINT_URL_ECR: rig.endpoint },
    limits: { ...shortLimits, answer: 60, silence: 60 },
    trace: (line) => trace.push(line),
  });
  const into = await mkdtemp(join(tmpdir(), 'secrets-'));
  await rig.pushBundle('proto/web', 'stable', [{ path: 'a', content: 'hi' }]);
  await rig.pushImage('proto/x', 'stable');
  const token = await getAuthorizationToken({ aws, network });
  const registry = openRegistry({ ...token, network });
  const resolved = await registry.resolve('proto/web', 'stable');
  const [layer] = 'layers' in resolved.manifest ? resolved.manifest.layers : [];

  const met: unknown[] = [token, network, registry, resolved];
  const at = async (role: 'ecr' | 'registry' | 's3', attempt: () => Promise<unknown>) => {
    rig.faults.clear();
    rig.faults.add({ ...fault, match: { role } });
    met.push(
      await attempt().then(
        () => 'succeeded',
        (error: unknown) => error,
      ),
    );
  };
  await at('ecr', () => getAuthorizationToken({ aws, network }));
  await at('registry', () => registry.resolve('proto/x', 'stable'));
  await at('registry', () => fetchBundle({ registry, resolved, into }));
  await at('s3', () => fetchBundle({ registry, resolved, into }));
  if (layer) await at('s3', () => buffer(registry.openBlob('proto/web', layer)));
  network.close();
  await rig.close();
  await rm(into, { recursive: true });

  const password = token.password.reveal();
  const login = Buffer.from(`AWS:${password}`).toString('base64');
  const shown = allOf(met) + JSON.stringify(met) + trace.join('\n');
  for (const secret of [secretKey, sessionToken, password, login, 'X-Amz-Signature']) {
    // Not toContain: it would print the secret into the report.
    expect(shown.includes(secret)).toBe(false);
  }
  expect(trace.length).toBeGreaterThan(8);
});

test("AWS's own words are not repeated, whatever is in them", async () => {
  for (const type of [
    'InvalidSignatureException',
    'AccessDeniedException',
    'UnrecognizedClientException',
    'ExpiredTokenException',
    'OptInRequired',
  ]) {
    const message = `x-amz-security-token:${sessionToken}\nauthorization:${secretKey}`;
    const server = await scripted(() => ({
      status: 400,
      body: JSON.stringify({ __type: type, message, requestHeaders: message }),
    }));
    const network = createNetwork({ env: { AWS_ENDPOINT_URL: server.url }, limits: shortLimits });
    const error = await failure(getAuthorizationToken({ aws, network }));
    network.close();
    await server.close();
    expect(allOf(error)).toContain(type);
    expect(allOf(error).includes(sessionToken) || allOf(error).includes(secretKey)).toBe(false);
  }
});

test("the registry's own words are not repeated, whatever is in them", async () => {
  const text = `not authorized: ${sessionToken}`;
  const network = createNetwork({ env: {}, limits: shortLimits });
  for (const [status, code] of [
    [403, 'DENIED'],
    [400, 'DENIED'],
    [404, 'NAME_UNKNOWN'],
    [404, 'MANIFEST_UNKNOWN'],
    [405, 'UNSUPPORTED'],
    [405, `${sessionToken} !`],
  ] as const) {
    const body = JSON.stringify({ errors: [{ code, message: text, detail: text }] });
    const server = await scripted(() => ({ status, body }));
    const password = new Secret('token');
    const registry = openRegistry({
      proxyEndpoint: server.url,
      username: 'AWS',
      password,
      network,
    });
    const error = await failure(registry.resolve('proto/x', 'stable'));
    await server.close();
    expect(allOf(error).includes(sessionToken)).toBe(false);
  }
  network.close();
});

test("a proxy's password is in nothing that it brings out", async () => {
  const proxy = await startProxy({ login: 'user:other' });
  const { host } = new URL(proxy.url);
  const login = Buffer.from(`user:${proxyPassword}`).toString('base64');
  for (const address of [host, '127.0.0.1:1', 'no-such-proxy.invalid:3128', '[bad']) {
    const trace: string[] = [];
    const network = createNetwork({
      env: { HTTPS_PROXY: `http://user:${proxyPassword}@${address}` },
      limits: shortLimits,
      trace: (line) => trace.push(line),
    });
    const error = await failure(getAuthorizationToken({ aws, network }));
    network.close();
    expect(error.code).toBe('NETWORK_PROXY');
    const shown = allOf(error) + allOf(network) + trace.join('\n');
    expect([shown.includes(proxyPassword), shown.includes(login)]).toEqual([false, false]);
  }
  await proxy.close();
});
