import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserFault } from '../../src/tls/browser-fault.ts';
import { certificateStatus } from '../../src/tls/certificate.ts';

/** Certificates from openssl that nginx serves, judged as browsers judge them. */

const host = 'chat.example-bank.com';
const san = `subjectAltName=DNS:${host}`;
const p256 = ['ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'proto-browser-fault-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Made {
  readonly key?: readonly string[];
  readonly extensions?: readonly string[];
  readonly digest?: string;
  readonly issued?: boolean;
}

const file = (name: string) => join(folder, name);
const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' });

function make({ key = p256, extensions = [san], digest = 'sha256', issued = false }: Made): string {
  const given = extensions.flatMap((text) => ['-addext', text]);
  const common = ['-nodes', '-days', '30', `-${digest}`];
  if (issued) {
    const ca = ['-keyout', file('ca.key'), '-out', file('ca.pem'), '-subj', '/CN=A CA'];
    openssl('req', '-x509', '-newkey', ...p256, ...common, ...ca);
  }
  const issuer = issued ? ['-CA', file('ca.pem'), '-CAkey', file('ca.key')] : [];
  const out = ['-keyout', file('a.key'), '-out', file('a.pem'), '-subj', `/CN=${host}`];
  openssl('req', '-x509', '-newkey', ...key, ...common, ...issuer, ...out, ...given);
  return readFileSync(file('a.pem'), 'utf8');
}

describe('browsers refuse a certificate', () => {
  it.each<[string, Made, RegExp]>([
    ['with a common name alone', { extensions: [] }, /no subjectAltName/],
    ['with an address alone', { extensions: ['subjectAltName=IP:10.0.0.5'] }, /not for chat/],
    ['for another name', { extensions: ['subjectAltName=DNS:example.com'] }, /not for chat/],
    [
      'with a part of a wildcard',
      { extensions: ['subjectAltName=DNS:c*.example-bank.com'] },
      /not for/,
    ],
    ['with an Ed25519 key', { key: ['ed25519'] }, /type ed25519/],
    ['with an Ed448 key', { key: ['ed448'] }, /type ed448/],
    ['with RSA 1024', { key: ['rsa:1024'] }, /1024 bits/],
    ['with P-521', { key: ['ec', '-pkeyopt', 'ec_paramgen_curve:secp521r1'] }, /secp521r1/],
    ['with secp256k1', { key: ['ec', '-pkeyopt', 'ec_paramgen_curve:secp256k1'] }, /secp256k1/],
    ['with SHA-1', { digest: 'sha1' }, /SHA-1/],
    ['with SHA-1 and RSA', { digest: 'sha1', key: ['rsa:2048'] }, /SHA-1/],
    ['for clients', { extensions: [san, 'extendedKeyUsage=clientAuth'] }, /not for web servers/],
    [
      'whose key is for key exchange alone',
      { key: ['rsa:2048'], extensions: [san, 'keyUsage=critical,keyEncipherment'] },
      /digitalSignature/,
    ],
    [
      'whose key is for other certificates',
      { extensions: [san, 'keyUsage=keyCertSign,cRLSign'] },
      /digitalSignature/,
    ],
    [
      'of a CA',
      { issued: true, extensions: [san, 'basicConstraints=critical,CA:TRUE'] },
      /of a CA/,
    ],
  ])('%s', (_, made, message) => {
    const leaf = new X509Certificate(make(made));
    expect(browserFault([leaf], host)?.message).toMatch(message);
  });

  it.each<[string, Made]>([
    ['P-256', {}],
    ['P-384', { key: ['ec', '-pkeyopt', 'ec_paramgen_curve:secp384r1'] }],
    ['RSA 2048', { key: ['rsa:2048'] }],
    ['RSA 4096 and SHA-512', { key: ['rsa:4096'], digest: 'sha512' }],
    ['a wildcard', { extensions: ['subjectAltName=DNS:*.example-bank.com'] }],
    ['digitalSignature', { extensions: [san, 'keyUsage=critical,digitalSignature,keyAgreement'] }],
    ['serverAuth', { extensions: [san, 'extendedKeyUsage=serverAuth,clientAuth'] }],
  ])('but none with %s', (_, made) => {
    expect(browserFault([new X509Certificate(make(made))], host)).toBeUndefined();
  });

  it('whose issuer is weak, but not for the signature of a root', () => {
    const leaf = new X509Certificate(
      make({ issued: true, extensions: [san, 'basicConstraints=CA:FALSE'] }),
    );
    const weak = () => {
      const out = ['-keyout', file('w.key'), '-out', file('w.pem'), '-subj', '/CN=root'];
      openssl('req', '-x509', '-newkey', ...p256, '-nodes', '-sha1', ...out);
      return new X509Certificate(readFileSync(file('w.pem')));
    };
    expect(browserFault([leaf, weak()], host)).toBeUndefined();
    const issuer = new X509Certificate(make({ issued: true, digest: 'sha1' }));
    expect(browserFault([leaf, issuer], host)?.message).toMatch(/SHA-1/);
  });

  it('and status says so', async () => {
    execFileSync('mkdir', ['-p', file('proto/nginx')]);
    make({ extensions: ['subjectAltName=IP:10.0.0.5'] });
    writeFileSync(
      file('proto/nginx/proto.conf'),
      `server { server_name ${host}; listen 443 ssl; ssl_certificate ${file('a.pem')}; ssl_certificate_key ${file('a.key')}; }`,
    );
    const status = await certificateStatus(file('proto'), Date.now());
    expect(status?.problem).toMatch(/not for chat\.example-bank\.com/);
  });
});
