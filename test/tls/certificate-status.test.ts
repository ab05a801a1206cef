import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { certificateStatus } from '../../src/tls/certificate.ts';

const folder = mkdtempSync(join(tmpdir(), 'proto-scaffold-certificate-'));
const file = join(folder, 'site.pem');

beforeAll(() => {
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, 'nginx'));
  const site = `server {\n  ssl_certificate ${file};\n  ssl_certificate_key ${file};\n}\n`;
  writeFileSync(join(folder, 'nginx/proto.conf'), site);
});
afterAll(() => rmSync(folder, { recursive: true }));

it('gives the problem without the file name, which stands before it', async () => {
  expect(await certificateStatus(folder, 0)).toMatchObject({ file, problem: 'file not found' });
  writeFileSync(file, 'no certificate');
  chmodSync(file, 0);
  const user = process.geteuid?.();
  // The certificate of root, seen by the operator.
  if (user === 0) process.seteuid?.(65_534);
  const status = await certificateStatus(folder, 0);
  if (user === 0) process.seteuid?.(0);
  const problem = 'this user does not have permission to read it';
  expect(status).toMatchObject({ file, problem });
});
