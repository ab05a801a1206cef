import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCertificate } from '../../src/tls/certificate.ts';

const folder = mkdtempSync(join(tmpdir(), 'proto-scaffold-certificate-'));
const read = (name: string) => readFileSync(join(folder, name), 'utf8');

beforeAll(() => {
  for (const name of ['a', 'b']) {
    const extension = 'subjectAltName=DNS:chat.example-bank.com,DNS:*.example.org';
    const out = ['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.pem`)];
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', ...out].concat([
        ...['-subj', '/CN=chat.example-bank.com', '-addext', extension],
      ]),
      { stdio: 'ignore' },
    );
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a certificate', () => {
  it('tells until when and for which names it holds, and which key is its own', () => {
    const facts = readCertificate(read('a.pem'), read('a.key'));
    expect(facts.fitsKey).toBe(true);
    expect(Math.round((facts.validTo - facts.validFrom) / 86_400_000)).toBe(30);
    expect(['chat.example-bank.com', 'x.example.org', 'example.com'].map(facts.holdsFor)).toEqual([
      true,
      true,
      false,
    ]);
    expect(readCertificate(read('a.pem'), read('b.key')).fitsKey).toBe(false);
    expect(readCertificate(read('a.pem')).fitsKey).toBe(undefined);
  });

  it('that is none is refused', () => {
    expect(() => readCertificate('nonsense')).toThrow();
    expect(() => readCertificate(read('a.pem'), 'nonsense')).toThrow();
  });
});
