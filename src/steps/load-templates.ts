import { resolve } from 'node:path';
import type { Context } from '../context.ts';
import { parseRelease, type TemplateSet } from '../core/release.ts';
import { ownTemplates, readTemplates } from '../host/templates.ts';

/** @throws UserError TEMPLATES_INVALID */
export async function loadTemplates({
  cwd,
  templates,
}: Pick<Context, 'cwd' | 'templates'>): Promise<TemplateSet> {
  const { release, files } =
    templates === undefined ? ownTemplates() : await readTemplates(resolve(cwd, templates));
  return { release: parseRelease(release), files };
}
