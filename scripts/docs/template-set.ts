import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseRelease } from '../../src/release/parse-release.ts';
import type { TemplateSet } from '../../src/release/release.ts';

/** The template set in templates/. */
export function ownTemplateSet(): TemplateSet {
  const folder = fileURLToPath(new URL('../../templates/', import.meta.url));
  const texts = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(toml|yml)$/.test(path))
    .sort()
    .map((path) => [path, readFileSync(join(folder, path), 'utf8')] as const);
  const { 'release.yml': release = '', ...files } = Object.fromEntries(texts);
  return { release: parseRelease(release), files: new Map(Object.entries(files)) };
}
