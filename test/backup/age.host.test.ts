import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ageDecrypter,
  ageEncrypter,
  decryptedStream,
  encryptingSink,
} from '../../src/backup/age.ts';
import { Secret } from '../../src/secret.ts';
import { Desk } from '../support/program.ts';
import { tarArchive } from '../support/registry/tar-archive.ts';
import { streamOf, written } from './archive.ts';

/** What is encrypted here, Debian's age opens, and the other way round. */

let folder: string;
let identity: string;
let recipient: string;
const content = tarArchive([
  { path: 'proto.toml', content: Buffer.alloc(300_000, 'the data of a bank ') },
]);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'proto-scaffold-test-'));
  identity = join(folder, 'key');
  execFileSync('age-keygen', ['-o', identity], { stdio: 'ignore' });
  recipient = execFileSync('age-keygen', ['-y', identity], { encoding: 'utf8' }).trim();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function encrypted(bytes: Uint8Array): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const encrypter = await ageEncrypter([recipient]);
  const sink = await encryptingSink(
    encrypter,
    async (chunk) => void chunks.push(Buffer.from(chunk)),
  );
  // As a writer does that uses its memory again.
  const memory = Buffer.alloc(70_000);
  for (let at = 0; at < bytes.length; at += memory.length) {
    const portion = bytes.subarray(at, at + memory.length);
    memory.set(portion);
    await sink.write(memory.subarray(0, portion.length));
    memory.fill(0);
  }
  await sink.end();
  return Buffer.concat(chunks);
}

async function decrypted(bytes: Buffer): Promise<Buffer> {
  const decrypter = await ageDecrypter(new Secret(readFileSync(identity, 'utf8')), identity);
  const chunks: Uint8Array[] = [];
  // As a reader does that uses its memory again.
  async function* reused(): AsyncIterable<Uint8Array> {
    const memory = Buffer.alloc(10_000);
    for (let at = 0; at < bytes.length; at += memory.length) {
      const portion = bytes.subarray(at, at + memory.length);
      memory.set(portion);
      yield memory.subarray(0, portion.length);
      memory.fill(0);
    }
  }
  for await (const part of await decryptedStream(decrypter, reused())) chunks.push(part);
  return Buffer.concat(chunks);
}

describe('age', () => {
  it('opens what is encrypted here', async () => {
    const file = join(folder, 'ours.age');
    writeFileSync(file, await encrypted(content));
    const opened = execFileSync('age', ['--decrypt', '--identity', identity, file]);
    expect(opened.equals(content)).toBe(true);
  });

  it('encrypts what is opened here', async () => {
    const file = execFileSync('age', ['--encrypt', '--recipient', recipient], { input: content });
    expect((await decrypted(file)).equals(content)).toBe(true);
  });

  it('is not fooled by a flipped bit or a cut', async () => {
    const whole = await encrypted(content);
    const flipped = Buffer.from(whole);
    flipped[whole.length >> 1] = (flipped[whole.length >> 1] ?? 0) ^ 1;
    await expect(decrypted(flipped)).rejects.toThrow();
    await expect(decrypted(whole.subarray(0, -1))).rejects.toThrow();
    await expect(decrypted(whole.subarray(0, 200_000))).rejects.toThrow();
  });

  it('of a backup that was damaged or cut is reported as such by the command', async () => {
    const whole = await encrypted(
      await written([[{ name: 'files.tar', kind: 'files' }, [content]]]),
    );
    const verify = async (bytes: Buffer) => {
      const file = join(folder, 'b.tar.age');
      writeFileSync(file, bytes);
      const desk = new Desk();
      const { document } = await desk.json('backup', '--verify', file, '--identity', identity);
      desk.remove();
      return document.error?.code ?? 'whole';
    };
    const flipped = Buffer.from(whole);
    flipped[200_000] = (flipped[200_000] ?? 0) ^ 1;
    expect([
      await verify(whole),
      await verify(flipped),
      await verify(whole.subarray(0, -9)),
    ]).toEqual(['whole', 'BACKUP_DAMAGED', 'BACKUP_DAMAGED']);
  });

  it('refuses another identity, and tells what is none', async () => {
    const file = await encrypted(content);
    const other = execFileSync('age-keygen', {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const decrypter = await ageDecrypter(new Secret(other), 'other');
    await expect(decryptedStream(decrypter, streamOf([file]))).rejects.toMatchObject({
      code: 'IDENTITY_WRONG',
    });
    await expect(ageDecrypter(new Secret('# nothing\n'), 'x')).rejects.toMatchObject({
      code: 'IDENTITY_INVALID',
    });
    await expect(ageDecrypter(new Secret('AGE-SECRET-KEY-1XX\n'), 'x')).rejects.not.toThrow('1XX');
    await expect(ageEncrypter(['age1nothing'])).rejects.toMatchObject({
      code: 'RECIPIENT_INVALID',
    });
  });

  it('passes on what goes wrong with the file, and does not hang', async () => {
    const encrypter = await ageEncrypter([recipient]);
    const full = new Error('no space');
    const sink = await encryptingSink(encrypter, () => Promise.reject(full));
    const all = async () => {
      for (let n = 0; n < 50; n++) await sink.write(content);
      await sink.end();
    };
    await expect(all()).rejects.toThrow('no space');
  });
});
