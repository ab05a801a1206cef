import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { certificateStatus } from '../../src/tls/certificate.ts';
import { chainFault } from '../../src/tls/chain.ts';

/** Chains of certificates in one file, as CAs and operators put them together. */

const folder = mkdtempSync(join(tmpdir(), 'proto-scaffold-chain-'));
const at = (name: string) => join(folder, name);
const pem = (name: string) => readFileSync(at(`${name}.pem`), 'utf8');
const openssl = (...args: string[]) =>
  execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });

/** @param days of 2020 for an expired one, which `x509 -req` cannot make */
function issue(name: string, issuer: string | undefined, ca: boolean, expired = false): void {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const subject = ['-subj', `/O=Example/CN=${name}`, '-keyout', `${name}.key`];
  openssl('req', ...key, ...subject, '-out', `${name}.csr`);
  writeFileSync(at('index.txt'), '');
  writeFileSync(
    at('ca.conf'),
    `[ca]\ndefault_ca = x\n[x]\ndatabase = index.txt\nnew_certs_dir = .\nrand_serial = yes\ndefault_md = sha256\npolicy = any\nunique_subject = no\nx509_extensions = ext\n[any]\norganizationName = optional\ncommonName = supplied\n[ext]\nbasicConstraints = critical,CA:${ca ? 'TRUE' : 'FALSE'}\nsubjectKeyIdentifier = hash\n${ca ? 'keyUsage = critical,keyCertSign\n' : 'subjectAltName = DNS:chat.example-bank.com\n'}`,
  );
  const dates = [
    '-startdate',
    '20200101000000Z',
    '-enddate',
    `${expired ? 2021 : 2045}0101000000Z`,
  ];
  const by =
    issuer === undefined
      ? ['-selfsign', '-keyfile', `${name}.key`]
      : ['-cert', `${issuer}.pem`, '-keyfile', `${issuer}.key`];
  openssl(
    'ca',
    '-batch',
    '-notext',
    '-config',
    'ca.conf',
    ...by,
    ...dates,
    '-in',
    `${name}.csr`,
    '-out',
    `${name}.pem`,
  );
}

beforeAll(() => {
  issue('root', undefined, true);
  issue('middle', 'root', true);
  issue('low', 'middle', true);
  issue('leaf', 'middle', false);
  issue('deep', 'low', false);
  issue('direct', 'root', false);
  issue('self', undefined, false);
  issue('old', 'root', true, true);
  issue('under-old', 'old', false);
  issue('stranger', undefined, true);
  // Same name, another key: only the signature shows that it is another CA.
  execFileSync('cp', ['-a', at('middle.pem'), at('true-middle.pem')]);
  execFileSync('cp', ['-a', at('middle.key'), at('true-middle.key')]);
  issue('middle', 'root', true);
  for (const kind of ['pem', 'key']) {
    execFileSync('mv', [at(`middle.${kind}`), at(`false-middle.${kind}`)]);
    execFileSync('mv', [at(`true-middle.${kind}`), at(`middle.${kind}`)]);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

const now = Date.UTC(2026, 10, 26);

function judged(names: string, key?: string, roots: string[] = []) {
  const text = names.split(' ').map(pem).join('');
  const keyPem = key === undefined ? undefined : readFileSync(at(`${key}.key`), 'utf8');
  return chainFault(text, keyPem, async () => roots.map(pem), now);
}

describe('a chain', () => {
  it.each([
    'leaf middle',
    'leaf middle root',
    'deep low middle',
    'deep low middle root',
    'self',
    'direct root',
    'root',
    'self stranger',
    'leaf middle root stranger',
  ])('is complete: %s', async (names) => expect(await judged(names)).toBeUndefined());

  it.each([
    [
      'leaf',
      /^The file has only the certificate of this host, without that of its issuer \(O=Example, CN=middle\)$/,
    ],
    ['direct', /without that of its issuer \(O=Example, CN=root\)$/],
    [
      'leaf stranger',
      /^Certificate 2 of the chain \(O=Example, CN=stranger\) did not issue certificate 1; its issuer \(O=Example, CN=middle\) is missing$/,
    ],
    ['leaf root', /did not issue certificate 1; its issuer \(O=Example, CN=middle\) is missing$/],
    ['leaf false-middle', /CN=middle\) is missing$/],
    ['leaf leaf', /is missing$/],
    ['deep middle root', /its issuer \(O=Example, CN=low\) is missing$/],
    [
      'deep middle low',
      /^Certificate 2 of the chain \(O=Example, CN=middle\) did not issue certificate 1; certificate 3 did$/,
    ],
    ['middle leaf', /^The certificate of this host is not the first in the file$/],
    ['root middle leaf', /not the first in the file$/],
    ['under-old old', /^Certificate 2 of the chain \(O=Example, CN=old\) expired on 2021-01-01$/],
  ])('is not: %s', async (names, message) => {
    const fault = await judged(names);
    expect(fault?.message).toMatch(message);
    expect(fault?.remedy).toMatch(/fullchain\.pem|Put /);
  });

  it('needs no issuer in the file where it is a root that clients have', async () => {
    expect(await judged('direct', undefined, ['stranger', 'root'])).toBeUndefined();
    expect(await judged('leaf', undefined, ['root'])).toBeDefined();
    expect(await judged('leaf', undefined, ['false-middle'])).toBeDefined();
  });

  it('is judged by its key, where it is known', async () => {
    expect((await judged('middle leaf', 'leaf'))?.message).toMatch(/not the first/);
    expect((await judged('self leaf', 'leaf'))?.message).toMatch(/not the first/);
    expect(await judged('leaf middle', 'leaf')).toBeUndefined();
    expect(await judged('leaf middle', 'stranger')).toBeUndefined();
  });

  it('that is damaged is said, and no certificate at all is not its matter', async () => {
    const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    const none = async () => [];
    expect((await chainFault(pem('leaf') + broken, undefined, none, now))?.message).toBe(
      'Certificate 2 of the chain cannot be read',
    );
    expect(await chainFault('nonsense', undefined, none, now)).toBeUndefined();
  });
});

it('status names the problem, and knows the CA of the installation', async () => {
  const home = at('installation');
  mkdirSync(join(home, 'nginx'), { recursive: true });
  mkdirSync(join(home, 'backend/secrets'), { recursive: true });
  writeFileSync(
    join(home, 'nginx/proto.conf'),
    `server { ssl_certificate ${at('direct.pem')}; ssl_certificate_key ${at('direct.key')}; }`,
  );
  expect(await certificateStatus(home, now)).toMatchObject({
    daysLeft: expect.any(Number),
    problem: expect.stringMatching(/^The file has only the certificate of this host/),
  });
  writeFileSync(join(home, 'backend/secrets/ca_certificate'), pem('root'));
  expect(await certificateStatus(home, now)).toMatchObject({ problem: null });
});
