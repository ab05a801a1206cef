import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { loadTemplates } from '../release/load-templates.ts';
import { type TemplateSet, templatesFor } from '../release/release.ts';
import { readObjectTemplates } from '../release-object/kept-object.ts';
import type { Lock } from './lock.ts';

/**
 * The templates of the installed release, for its kind of hosting: those of its release object, or, for a registry without one, the
 * program's own.
 * @throws UserError RELEASE_DAMAGED, TEMPLATES_REFUSED, TEMPLATES_INVALID
 */
export async function installedTemplates(
  context: Context,
  folder: string,
  { release: { digest }, namespace, hosting }: Pick<Lock, 'release' | 'namespace' | 'hosting'>,
): Promise<TemplateSet> {
  if (digest === undefined) return loadTemplates(context, hosting);
  rejectOtherTemplates(context);
  const { version: program } = context;
  return templatesFor(await readObjectTemplates(folder, { namespace, digest, program }), hosting);
}

/** @throws UserError TEMPLATES_REFUSED for --templates: a folder does not get around a signature */
export function rejectOtherTemplates({ templates }: Pick<Context, 'templates'>): void {
  if (templates === undefined) return;
  throw new UserError(
    'TEMPLATES_REFUSED',
    `--templates ${templates} cannot be used: the templates are part of the signed release.`,
  );
}
