import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Desk } from '../support/program.ts';
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts';
import { type Certificates, makeCertificates } from '../support/registry/tls.ts';

/** Variables of the runtime, as they come from a profile or with sudo -E. */

let certificates: Certificates;
let registry: EmbeddedRegistry;
let desk: Desk;

beforeAll(async () => {
  certificates = await makeCertificates();
  registry = await startRegistry({ tls: certificates });
  await registry.seedRelease();
});
afterAll(async () => {
  await registry.close();
  await certificates.remove();
});
beforeEach(() => {
  desk = new Desk(registry);
  desk.credentials();
  desk.putDockerStandInOnPath();
});
afterEach(() => desk.remove());

it('NODE_TLS_REJECT_UNAUTHORIZED=0 sends nothing to a server that is not verified', async () => {
  desk.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  const { code, document, stderr } = await desk.json('login');
  expect([code, document.error.code]).toEqual([4, 'NETWORK_TLS']);
  expect(stderr).not.toContain('Warning');
  expect(registry.requests).toEqual([]);
});

describe.each([
  ['NODE_OPTIONS', '--tls-min-v1.0'],
  ['NODE_OPTIONS', '--inspect=127.0.0.1:0'],
  ['NODE_DEBUG', 'http'],
  ['OPENSSL_CONF', '/nowhere.cnf'],
])('%s=%s', (name, value) => {
  it('is refused before a secret is read', async () => {
    desk.env[name] = value;
    const { code, document } = await desk.json('login');
    expect([code, document.error.code]).toEqual([3, 'RUNTIME_UNSAFE']);
    expect(document.error.message).toContain(name);
    expect(document.error.hint).toContain(`unset ${name}`);
    expect(registry.requests).toEqual([]);
  });
});

it.each([
  ['is missing', () => desk.path('missing.pem'), /ENOENT/],
  ['contains no certificate', () => desk.write('ca.pem', 'hello\n'), /no certificate/],
])('a file of NODE_EXTRA_CA_CERTS that %s is refused by name', async (_what, file, why) => {
  desk.env.NODE_EXTRA_CA_CERTS = file();
  const { code, document } = await desk.json('login');
  expect([code, document.error.code]).toEqual([3, 'CA_FILE_INVALID']);
  expect(document.error.message).toContain(file());
  expect(document.error.message).toMatch(why);
});

it.each([
  ['HTTPS_PROXY', 'http://user:canary-pass#x@proxy.example:3128', 'NETWORK_PROXY', 4],
  ['HTTPS_PROXY', 'http://canary-pass/x@proxy.example:3128', 'NETWORK_PROXY', 4],
  ['ALL_PROXY', 'user:1@canary-pass@proxy.example', 'NETWORK_PROXY', 4],
  ['AWS_ENDPOINT_URL', 'https://canary-pass#x@emulator', 'USAGE', 2],
])('a login in %s=%s is refused without a word of it', async (name, value, code, exitCode) => {
  delete desk.env.AWS_ENDPOINT_URL_ECR;
  desk.env[name] = value;
  const outcome = await desk.json('login', '--verbose');
  expect([outcome.code, outcome.document.error.code]).toEqual([exitCode, code]);
  expect(outcome.document.error.message).toContain(name);
  expect(outcome.stdout + outcome.stderr).not.toContain('canary-pass');
});

it('docker gets none of them, and check names them', async () => {
  desk.env.NODE_EXTRA_CA_CERTS = certificates.caFile;
  desk.env.GODEBUG = 'x509ignoreCN=0';
  desk.env.SSLKEYLOGFILE = '/tmp/keys';
  desk.putOnPath('docker', `env >'${desk.path('seen')}'; cat >/dev/null`);
  expect((await desk.run('login')).code).toBe(0);
  expect(readFileSync(desk.path('seen'), 'utf8')).not.toMatch(/GODEBUG|SSLKEYLOGFILE/);
  const { stdout } = await desk.run('check');
  expect(stdout).toContain('Set in this environment: GODEBUG, SSLKEYLOGFILE');
});
