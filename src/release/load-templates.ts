import { resolve } from 'node:path';
import type { Context } from '../context.ts';
import { templatesFor } from './hosting.ts';
import type { Hosting, TemplateSet } from './release.ts';
import { ownTemplates, readTemplates } from './templates.ts';

/**
 * @param hosting of an installation: the template set as that kind has it
 * @throws UserError TEMPLATES_INVALID
 */
export async function loadTemplates(
  { cwd, templates: folder }: Pick<Context, 'cwd' | 'templates'>,
  hosting?: Hosting,
): Promise<TemplateSet> {
  const templates =
    folder === undefined ? ownTemplateSet() : await templateSetIn(resolve(cwd, folder));
  return hosting === undefined ? templates : templatesFor(templates, hosting);
}

function ownTemplateSet(): TemplateSet {
  const { release, files, known, schemas } = ownTemplates();
  return {
    release,
    files: new Map(Object.entries(files)),
    known: new Map(Object.entries(known)),
    schemas: new Map(Object.entries(schemas)),
  };
}

async function templateSetIn(folder: string): Promise<TemplateSet> {
  const { release, files } = await readTemplates(folder);
  const { parseRelease } = await import('./release-schema.ts');
  return { release: parseRelease(release), files };
}
