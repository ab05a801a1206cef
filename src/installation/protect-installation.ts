import { join } from 'node:path';
import type { Context } from '../context.ts';
import { listTree, readText } from '../lib/fs/files.ts';
import { baseFolder, configFolder, secretsFolder } from '../release/layout.ts';
import { loadTemplates } from '../release/load-templates.ts';
import { secretTexts } from '../values/secret-texts.ts';

/** A search for longer texts than this in all that is printed would cost more than it could find. */
const longest = 16 * 1024;

/**
 * Takes care that no secret of an installation is printed, whatever docker, a service or nginx says. What can not be
 * read is passed over: the command itself will tell of it.
 */
export async function protectInstallation(context: Context, folder: string): Promise<void> {
  const templates = await loadTemplates(context).catch(() => undefined);
  if (templates === undefined) return;
  for (const root of [folder, join(folder, baseFolder)]) {
    for (const text of secretTexts(templates, await secretFiles(root))) {
      if (text.length <= longest) context.reporter.protect(text);
    }
  }
}

async function secretFiles(root: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const below of [configFolder, secretsFolder]) {
    for (const name of await listTree(join(root, below)).catch(() => [])) {
      const text = await readText(join(root, below, name)).catch(() => undefined);
      if (text !== undefined) files.set(`${below}/${name}`, text);
    }
  }
  return files;
}
