import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Desk } from '../../support/program.ts';

/** Certificates that OpenSSL rejects for other reasons than the usual ones: each says OpenSSL's own sentence, and no stack trace. */

let folder: string;
let server: Server | undefined;
let desk: Desk;

const openssl = (...args: string[]) =>
  execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'proto-scaffold-test-'));
  authority('ca', 'basicConstraints=critical,CA:TRUE');
  authority(
    'constrained',
    'basicConstraints=critical,CA:TRUE',
    'nameConstraints=critical,permitted;DNS:other.example',
  );
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  server?.close();
  server?.closeAllConnections();
  desk.remove();
});

const newKey = ['-newkey', 'rsa:2048', '-nodes'];

function authority(name: string, ...extensions: string[]): void {
  const added = extensions.flatMap((each) => ['-addext', each]);
  openssl(
    ...['req', '-x509', ...newKey, '-subj', `/CN=${name}`, '-days', '30', ...added],
    ...['-keyout', `${name}.key`, '-out', `${name}.pem`],
  );
}

interface Odd {
  readonly by?: string;
  readonly digest?: string;
  readonly extensions?: string;
}

function leaf({ by = 'ca', digest = 'sha256', extensions = '' }: Odd): {
  key: Buffer;
  cert: Buffer;
} {
  openssl('req', ...newKey, '-subj', '/CN=localhost', '-keyout', 'leaf.key', '-out', 'leaf.csr');
  writeFileSync(join(folder, 'ext'), `subjectAltName=DNS:localhost\n${extensions}\n`);
  openssl(
    ...[
      'x509',
      '-req',
      '-in',
      'leaf.csr',
      '-CA',
      `${by}.pem`,
      '-CAkey',
      `${by}.key`,
      '-CAcreateserial',
    ],
    ...['-days', '30', `-${digest}`, '-extfile', 'ext', '-out', 'leaf.pem'],
  );
  const read = (name: string) => readFileSync(join(folder, name));
  return { key: read('leaf.key'), cert: read('leaf.pem') };
}

test.each<[what: string, odd: Odd, says: RegExp]>([
  ['is signed with SHA-1', { digest: 'sha1' }, /signature digest algorithm too weak/i],
  [
    'has a critical extension that OpenSSL does not know',
    { extensions: '1.2.3.4=critical,DER:0500' },
    /unhandled critical extension/i,
  ],
  [
    'comes from an authority for other names',
    { by: 'constrained' },
    /permitted subtree violation/i,
  ],
  ['is for signing e-mail', { extensions: 'extendedKeyUsage=emailProtection' }, /purpose/i],
])('a certificate that %s is NETWORK_TLS', async (_, odd, says) => {
  // The server's own OpenSSL would refuse SHA-1, too.
  const options = { ...leaf(odd), ciphers: 'DEFAULT@SECLEVEL=0' };
  server = createServer(options, (_request, response) => response.end('{}'));
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  desk = new Desk(undefined, {
    AWS_ENDPOINT_URL_ECR: `https://localhost:${port}`,
    NODE_EXTRA_CA_CERTS: join(folder, `${odd.by ?? 'ca'}.pem`),
  });
  desk.credentials();
  const { document, stderr, code } = await desk.json('login');
  expect([document.error?.code, code], stderr).toEqual(['NETWORK_TLS', 4]);
  expect(document.error?.message).toMatch(/^The certificate of localhost:\d+ was rejected: /);
  expect(document.error?.message).toMatch(says);
  expect(stderr).not.toMatch(/\.ts:|\.js:|bug in proto-scaffold/);
});
