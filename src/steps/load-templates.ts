import type { Context } from '../context.ts';
import { parseRelease, type TemplateSet } from '../core/release.ts';
import { readTemplates } from '../host/templates.ts';

/** @throws UserError TEMPLATES_INVALID */
export async function loadTemplates(context: Context): Promise<TemplateSet> {
  const { release, files } = await readTemplates(context.templates);
  return { release: parseRelease(release), files };
}
