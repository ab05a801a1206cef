import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import {
  type Certificates,
  type EmbeddedRegistry,
  makeCertificates,
  startProxy,
  startRegistry,
} from '../../support/registry/index.ts';

const ecrHost = 'api.ecr.ap-southeast-1.amazonaws.com';
const run = promisify(execFile);
const pull = fileURLToPath(new URL('./pull.ts', import.meta.url));

const opened: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

/** A registry with HTTPS and a bundle, and the authority behind its certificate. */
async function secure(
  options: Parameters<typeof makeCertificates>[0] = {},
): Promise<{ rig: EmbeddedRegistry; certificates: Certificates }> {
  const certificates = await makeCertificates(options);
  const rig = await startRegistry({ tls: certificates });
  opened.push(rig, { close: () => certificates.remove() });
  await rig.pushBundle('proto/web-app', 'stable', [{ path: 'index.html', content: 'hi' }]);
  return { rig, certificates };
}

async function home(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pull-'));
  opened.push({ close: () => rm(folder, { recursive: true, force: true }) });
  return folder;
}

/** What `pull.ts` prints in a process with this environment; stderr must stay empty. */
async function pulled(env: Readonly<Record<string, string>>): Promise<Record<string, unknown>> {
  const { stdout, stderr } = await run(process.execPath, ['--import', 'tsx', pull], {
    env: { PATH: process.env.PATH, HOME: await home(), ...env },
    timeout: 20_000,
  });
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

test('an authority in NODE_EXTRA_CA_CERTS is trusted for ECR, registry and blobs', async () => {
  const { rig, certificates } = await secure();
  const result = await pulled({
    AWS_ENDPOINT_URL_ECR: rig.endpoint,
    NODE_EXTRA_CA_CERTS: certificates.caFile,
  });
  expect(result).toEqual({
    registry: rig.registryHost,
    bytes: result.size,
    size: expect.any(Number),
  });
  expect(rig.requests.map(({ role, status }) => [role, status])).toEqual([
    ['ecr', 200],
    ['registry', 200],
    ['registry', 307],
    ['s3', 200],
  ]);
});

test('an authority that is not known is NETWORK_TLS, with the way to make it known', async () => {
  const { rig } = await secure();
  const result = await pulled({ AWS_ENDPOINT_URL_ECR: rig.endpoint });
  expect(result).toMatchObject({
    code: 'NETWORK_TLS',
    message: `Untrusted certificate for ${rig.registryHost}: this host does not know the issuer.`,
    hint: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
  });
});

test('a certificate that has expired is NETWORK_TLS, saying so', async () => {
  const { rig, certificates } = await secure({ expired: true });
  const result = await pulled({
    AWS_ENDPOINT_URL_ECR: rig.endpoint,
    NODE_EXTRA_CA_CERTS: certificates.caFile,
  });
  expect(result).toMatchObject({
    code: 'NETWORK_TLS',
    message: `The certificate of ${rig.registryHost} has expired.`,
  });
});

test('a certificate for another host is NETWORK_TLS, saying so', async () => {
  const { rig, certificates } = await secure();
  const proxy = await startProxy({ routes: { [`${ecrHost}:443`]: rig.registryHost } });
  opened.push(proxy);
  const result = await pulled({
    HTTPS_PROXY: proxy.url,
    NODE_EXTRA_CA_CERTS: certificates.caFile,
  });
  expect(result).toMatchObject({
    code: 'NETWORK_TLS',
    message: `The server at ${ecrHost} presents a certificate for a different host.`,
  });
});

test("ECR's own host is reached through a proxy that wants a password", async () => {
  const { rig, certificates } = await secure({ names: [ecrHost] });
  const proxy = await startProxy({
    login: 'user:p@ss',
    routes: { [`${ecrHost}:443`]: rig.registryHost },
  });
  opened.push(proxy);
  const result = await pulled({
    https_proxy: proxy.url.replace('//', '//user:p%40ss@'),
    NODE_EXTRA_CA_CERTS: certificates.caFile,
  });
  expect(result).toMatchObject({ registry: rig.registryHost });
  expect(proxy.requests).toEqual([
    { method: 'CONNECT', target: `${ecrHost}:443`, refused: undefined },
  ]);
});

test('a redirect from HTTPS to plain HTTP is not followed', async () => {
  const { rig, certificates } = await secure();
  const plain = await startRegistry();
  opened.push(plain);
  rig.faults.add({
    kind: 'redirect',
    status: 307,
    location: `${plain.url}/v2/`,
    match: { path: /blobs/ },
  });
  const result = await pulled({
    AWS_ENDPOINT_URL_ECR: rig.endpoint,
    NODE_EXTRA_CA_CERTS: certificates.caFile,
  });
  expect(result).toMatchObject({ code: 'REGISTRY_ANSWER_INVALID' });
  expect(plain.requests).toEqual([]);
});

test('neither ~/.aws nor any AWS_ variable but the endpoint is looked at', async () => {
  const rig = await startRegistry();
  opened.push(rig);
  await rig.pushBundle('proto/web-app', 'stable', [{ path: 'index.html', content: 'hi' }]);
  const folder = await home();
  await mkdir(join(folder, '.aws'));
  // Whoever opens a pipe that no one writes to waits for ever.
  await run('mkfifo', [join(folder, '.aws/config'), join(folder, '.aws/credentials')]);
  const result = await pulled({
    HOME: folder,
    AWS_ENDPOINT_URL_ECR: rig.endpoint,
    AWS_PROFILE: 'other',
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIAOTHER',
    AWS_SECRET_ACCESS_KEY: 'other',
    AWS_SESSION_TOKEN: 'other',
    AWS_MAX_ATTEMPTS: 'many',
    AWS_RETRY_MODE: 'legacy',
    AWS_USE_FIPS_ENDPOINT: 'perhaps',
    AWS_DEFAULTS_MODE: 'auto',
  });
  expect(result).toMatchObject({ registry: rig.registryHost });
});
