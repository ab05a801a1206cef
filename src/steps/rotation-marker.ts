import { dirname, join } from 'node:path';
import type { Context } from '../context.ts';
import { readText, removeTree, replaceFile } from '../host/files.ts';
import { giveTo, ownerOf } from '../host/ownership.ts';

/** `.proto/rotation.json` is there while the database has a new password that no file has yet. */
const markerFile = '.proto/rotation.json';

export async function setRotationMarker(folder: string, name: string): Promise<void> {
  const marker = { formatVersion: 1, name, startedAt: new Date().toISOString() };
  const path = join(folder, markerFile);
  await replaceFile(path, `${JSON.stringify(marker, null, 2)}\n`, 0o600);
  // Made by sudo, it would lock the operator out.
  await giveTo(path, await ownerOf(dirname(path)));
}

export async function removeRotationMarker(folder: string): Promise<void> {
  await removeTree(join(folder, markerFile));
}

/** Tells of a rotation that was cut short in that moment, for as long as it was not made again. */
export async function tellOfUnfinishedRotation(
  { reporter }: Pick<Context, 'reporter'>,
  folder: string,
): Promise<void> {
  const text = await readText(join(folder, markerFile));
  if (text === undefined) return;
  reporter.notice(
    `A rotation was cut short, so the database may have a password that no file has: run \`proto-scaffold config rotate ${nameIn(text)}\` again, which needs no old one.`,
  );
}

function nameIn(text: string): string {
  try {
    const { name } = JSON.parse(text) as { name?: unknown };
    return typeof name === 'string' ? name : 'KEY';
  } catch {
    return 'KEY';
  }
}
