import { join } from 'node:path';
import type { Context } from '../context.ts';
import { listFolder, makeFolder, readOwnText } from '../lib/fs/files.ts';
import { ownerOf } from '../lib/fs/ownership.ts';
import { removeTree } from '../lib/fs/remove-tree.ts';
import { folderMode, lockFile, stateFolder } from '../release/layout.ts';
import { objectFiles, objectFolder, objectsFolder } from '../release-object/kept-object.ts';
import type { ReleaseObject } from '../release-object/object.ts';
import { makeReady } from '../render/ready-templates.ts';
import { listHistory, readStateLock } from '../transaction/history.ts';
import { replaceState } from '../transaction/own-state.ts';

/** The files of a release object in an installation, by path: as it was verified, and what every command needs of its templates. */
export async function filesToKeep(
  { version }: Pick<Context, 'version'>,
  object: ReleaseObject,
): Promise<ReadonlyMap<string, string | Uint8Array>> {
  const { unpackTemplates } = await import('../release-object/template-archive.ts');
  const { release, files } = unpackTemplates(object.parts.templates, object.digest);
  const ready = makeReady(release, [...files]);
  const folder = objectFolder(object.digest);
  return new Map(
    [...objectFiles(object, { program: version, ready })].map(([name, content]) => [
      `${folder}/${name}`,
      content,
    ]),
  );
}

/** Removes the objects that neither the lock file nor a state in history names. */
export async function pruneObjects(installation: string): Promise<void> {
  const entries = await listHistory(installation);
  const states = await Promise.all(
    entries.map(({ n }) => readStateLock(installation, n).catch(() => undefined)),
  );
  const texts = [await readOwnText(join(installation, lockFile)), ...states];
  // What cannot be read may name any.
  if (texts.includes(undefined)) return;
  const named = (name: string) => texts.some((text) => text?.includes(name.replace('-', ':')));
  const folder = join(installation, objectsFolder);
  for (const name of (await listFolder(folder)) ?? []) {
    if (/^sha256-[0-9a-f]{64}$/.test(name) && !named(name)) await removeTree(join(folder, name));
  }
}

/** Writes them. Nothing uses them before the lock file names the object. */
export async function keepObject(
  context: Context,
  installation: string,
  object: ReleaseObject,
): Promise<void> {
  const state = join(installation, stateFolder);
  await makeFolder(installation, objectFolder(object.digest), folderMode, await ownerOf(state));
  for (const [path, content] of await filesToKeep(context, object)) {
    await replaceState(join(installation, path), content, state);
  }
}
