import { resolve } from 'node:path';
import type { Context } from '../context.ts';
import { ExitCode, UserError } from '../errors.ts';
import { readTemplates } from '../release/load-templates.ts';
import { lintTemplates } from '../vendor/lint-templates.ts';

/** Reports everything that is wrong with a template set. */
export async function releaseLint(context: Context, folder: string): Promise<number> {
  const { reporter, cwd } = context;
  const texts = await readTemplates(resolve(cwd, folder));
  const faults = lintTemplates(texts);
  if (faults.length > 0) {
    const message = `The template set in ${folder} has ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}.`;
    throw new UserError('TEMPLATES_INVALID', message, {
      hint: 'Correct them, then run the command again.',
      faults,
    });
  }
  reporter.line(`${folder}: release.yml and ${texts.files.size} templates are valid.`);
  reporter.result({ folder, templates: texts.files.size });
  return ExitCode.done;
}
