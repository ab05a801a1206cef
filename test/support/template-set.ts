import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseRelease } from '../../src/release/parse-release.ts';
import type { TemplateSet } from '../../src/release/release.ts';

export const templatesFolder = fileURLToPath(new URL('../../templates', import.meta.url));

/** The shipped template set, or the one in another folder. */
export function readTemplateSet(folder = templatesFolder): TemplateSet {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
  const text = (path: string) => readFileSync(join(folder, path), 'utf8');
  return {
    release: parseRelease(text('release.yml')),
    files: new Map(
      paths.filter((path) => path !== 'release.yml').map((path) => [path, text(path)]),
    ),
  };
}

/** An image reference for every service, each with a digest of its own that does not change. */
export function pinnedImages({ release }: TemplateSet): Map<string, string> {
  const registry = '123456789012.dkr.ecr.ap-southeast-1.amazonaws.com';
  return new Map(
    Object.entries(release.services).map(([name, { repository }], index) => [
      name,
      `${registry}/proto/${repository}:stable@sha256:${String(index + 1).padStart(64, '0')}`,
    ]),
  );
}
