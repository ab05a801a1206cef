import { readArchive } from '../../src/backup/archive-reader.ts';
import { ArchiveWriter } from '../../src/backup/archive-writer.ts';
import type { BackupHeader, Manifest, PartToWrite } from '../../src/backup/manifest.ts';

export const header: BackupHeader = {
  formatVersion: 1,
  program: '0.1.0',
  createdAt: '2026-11-26T13:00:00.000Z',
  customer: 'example-bank',
  hosting: 'on-premise',
  release: { tag: 'stable', templates: '2026.11.0' },
  project: 'proto-abc123',
};

/** A part and its content in chunks. */
export type Content = readonly [about: PartToWrite, chunks: readonly Uint8Array[]];

export async function written(parts: readonly Content[], head = header): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const archive = new ArchiveWriter(head, async (bytes) => void chunks.push(Buffer.from(bytes)));
  await archive.begin();
  for (const [about, content] of parts) await archive.part(about, streamOf(content));
  await archive.finish();
  return Buffer.concat(chunks);
}

export interface ReadBack {
  readonly manifest: Manifest;
  readonly parts: Readonly<Record<string, Buffer>>;
}

/** @param size of the chunks in which it is read */
export async function readBack(archive: Buffer, size = 65_536): Promise<ReadBack> {
  const parts: Record<string, Buffer[]> = {};
  const manifest = await readArchive(streamOf(inChunks(archive, size)), {
    bytes(part, bytes) {
      parts[part] = [...(parts[part] ?? []), Buffer.from(bytes)];
    },
  });
  const whole = Object.entries(parts).map(([name, chunks]) => [name, Buffer.concat(chunks)]);
  return { manifest, parts: Object.fromEntries(whole) };
}

export async function* streamOf(chunks: Iterable<Uint8Array>): AsyncIterable<Uint8Array> {
  yield* chunks;
}

function* inChunks(bytes: Buffer, size: number): Iterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
