import type { ReadyTemplates } from './release.ts';
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { UserError } from '../errors.ts';
import { readText } from '../lib/fs/files.ts';
import { ownFile } from '../lib/fs/own-file.ts';

/** The text of release.yml, and of every other file by its path below the folder, in order. */
export interface TemplateTexts {
  readonly release: string;
  readonly files: Map<string, string>;
}

/**
 * Reads a template set from its folder.
 * @throws UserError TEMPLATES_INVALID where there is no release.yml
 */
export async function readTemplates(folder: string): Promise<TemplateTexts> {
  const release = await readText(join(folder, 'release.yml'));
  if (release === undefined) {
    throw new UserError('TEMPLATES_INVALID', `There is no template set in ${folder}.`, {
      hint: 'Install proto-scaffold again: its templates belong beside it.',
    });
  }
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((path) => path !== 'release.yml')
    .sort();
  const texts = await Promise.all(
    paths.map(async (path) => [path, (await readText(join(folder, path))) ?? ''] as const),
  );
  return { release, files: new Map(texts) };
}

/** The template set that the program comes with, read and known since it was built (scripts/templates.mjs). */
export function ownTemplates(): ReadyTemplates {
  return JSON.parse(ownFile('templates.json'));
}
