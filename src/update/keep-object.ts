import { join } from 'node:path';
import type { Context } from '../context.ts';
import { makeFolder } from '../lib/fs/files.ts';
import { ownerOf } from '../lib/fs/ownership.ts';
import { folderMode, stateFolder } from '../release/layout.ts';
import { objectFiles, objectFolder } from '../release-object/kept-object.ts';
import type { ReleaseObject } from '../release-object/object.ts';
import { makeReady } from '../render/ready-templates.ts';
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
