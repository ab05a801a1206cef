import { resolve } from 'node:path';
import type { Context } from '../context.ts';
import { templatesFor } from '../core/hosting.ts';
import { type Hosting, parseRelease, type TemplateSet } from '../core/release.ts';
import { ownTemplates, readTemplates } from '../host/templates.ts';

/**
 * @param hosting of an installation: the template set as that kind has it
 * @throws UserError TEMPLATES_INVALID
 */
export async function loadTemplates(
  { cwd, templates: folder }: Pick<Context, 'cwd' | 'templates'>,
  hosting?: Hosting,
): Promise<TemplateSet> {
  const { release, files } =
    folder === undefined ? ownTemplates() : await readTemplates(resolve(cwd, folder));
  const templates = { release: parseRelease(release), files };
  return hosting === undefined ? templates : templatesFor(templates, hosting);
}
