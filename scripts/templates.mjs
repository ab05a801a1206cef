// The template set as the program has it inside: one JSON object, made by src/render/ready-templates.ts.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { importSource } from './source.mjs';

/** @param root the project's folder @returns the text of templates.json */
export async function templatesJson(root) {
  const folder = join(root, 'templates');
  const texts = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()
    .map((path) => [path, readFileSync(join(folder, path), 'utf8')]);
  const { makeReady } = await importSource(root, 'src/render/ready-templates.ts');
  const { 'release.yml': release } = Object.fromEntries(texts);
  return JSON.stringify(
    makeReady(
      release,
      texts.filter(([path]) => path !== 'release.yml'),
    ),
  );
}
