// The template set as the program has it inside: one JSON object, from path to text.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** @param folder the template set; its release.yml becomes JSON, which is YAML, too, and read ten times as fast */
export function templateTexts(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
  const texts = files.map((file) => [file, readFileSync(join(folder, file), 'utf8')]);
  return Object.fromEntries(
    texts.map(([file, text]) => [
      file,
      file === 'release.yml' ? JSON.stringify(parse(text)) : text,
    ]),
  );
}
