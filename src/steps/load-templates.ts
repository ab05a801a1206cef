import { resolve } from 'node:path';
import type { Context } from '../context.ts';
import { parseRelease, type TemplateSet } from '../core/release.ts';
import { readTemplates } from '../host/templates.ts';

/** @throws UserError TEMPLATES_INVALID */
export async function loadTemplates(
  context: Pick<Context, 'cwd' | 'templates'>,
): Promise<TemplateSet> {
  const { release, files } = await readTemplates(resolve(context.cwd, context.templates));
  return { release: parseRelease(release), files };
}
