import { readdir } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { readText } from '../lib/fs/files.ts';
import { ownFile } from '../lib/fs/own-file.ts';
import type { Hosting } from './hosting.ts';
import { fromReady, type ReadyTemplates, type TemplateSet, templatesFor } from './release.ts';

/**
 * @param hosting of an installation; returns the template set for that kind
 * @throws UserError TEMPLATES_INVALID
 */
export async function loadTemplates(
  { cwd, templates: folder }: Pick<Context, 'cwd' | 'templates'>,
  hosting?: Hosting,
): Promise<TemplateSet> {
  const templates =
    folder === undefined ? fromReady(ownTemplates()) : await templateSetIn(resolve(cwd, folder));
  return hosting === undefined ? templates : templatesFor(templates, hosting);
}

async function templateSetIn(folder: string): Promise<TemplateSet> {
  const { release, files } = await readTemplates(folder);
  const { parseRelease } = await import('./parse-release.ts');
  const { checkTemplates } = await import('./check-templates.ts');
  return checkTemplates({ release: parseRelease(release), files });
}

/** The text of release.yml, and of every other file by its path below the folder, in order. */
export interface TemplateTexts {
  readonly release: string;
  readonly files: Map<string, string>;
}

/**
 * Reads a template set from its folder.
 * @throws UserError TEMPLATES_INVALID if there is no release.yml
 */
export async function readTemplates(folder: string): Promise<TemplateTexts> {
  const release = await readText(join(folder, 'release.yml'));
  if (release === undefined) {
    throw new UserError('TEMPLATES_INVALID', `No template set found in ${folder}.`, {
      hint: 'Reinstall proto-scaffold. Its templates must be next to the program.',
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

/** The template set that ships with the program, parsed at build time (scripts/templates.mjs). */
export function ownTemplates(): ReadyTemplates {
  return JSON.parse(ownFile('templates.json'));
}
