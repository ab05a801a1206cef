import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { mustReadExtraCertificates } from '../../../src/lib/net/extra-certificates.ts';
import { type Certificates, makeCertificates } from '../../support/registry/index.ts';

let good: Certificates;
let expired: Certificates;
let folder: string;
beforeAll(async () => {
  [good, expired] = await Promise.all([makeCertificates(), makeCertificates({ expired: true })]);
});
afterAll(() => Promise.all([good.remove(), expired.remove()]));
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'proto-scaffold-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function read(content: string | Buffer): UserError | undefined {
  const file = join(folder, 'bank ca.pem');
  writeFileSync(file, content);
  try {
    mustReadExtraCertificates({ NODE_EXTRA_CA_CERTS: file });
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

describe('NODE_EXTRA_CA_CERTS', () => {
  test.each<[what: string, content: () => string]>([
    ['several certificates', () => good.ca + expired.ca],
    ['lines that end as on Windows', () => good.ca.replaceAll('\n', '\r\n')],
    ['an expired certificate among them', () => expired.cert + good.ca],
    ['text around them', () => `# our bank\n${good.ca}\nthe end\n`],
  ])('may have %s', (_, content) => {
    expect(read(content())).toBeUndefined();
  });

  test('in DER form says how to convert it', () => {
    const error = read(new X509Certificate(good.ca).raw);
    expect([error?.code, error?.hint]).toEqual([
      'CA_FILE_INVALID',
      `Convert it: openssl x509 -inform der -in '${join(folder, 'bank ca.pem')}' -out ca.pem`,
    ]);
  });

  test.each<[what: string, content: () => string]>([
    ['nothing', () => ''],
    ['another text', () => 'hello'],
    ['half a certificate', () => good.ca.slice(0, 200)],
    ['a certificate with a broken line', () => good.ca.replace(/[A-Za-z]{9}/, '!!!!!!!!!')],
  ])('with %s is refused', (_, content) => {
    expect(read(content())?.code).toBe('CA_FILE_INVALID');
  });
});
