import type { Release } from './release.ts';
import { parseRelease } from './release-schema.ts';
import { type KnownToml, knowToml } from '../render/render-toml.ts';
import { schemaPath, tomlSchema } from '../render/toml-schema.ts';

/** A template set as plain JSON, with all that is known of it before any value is: dist/templates.json. */
export interface ReadyTemplates {
  readonly release: Release;
  readonly files: Readonly<Record<string, string>>;
  readonly known: Readonly<Record<string, KnownToml>>;
  readonly schemas: Readonly<Record<string, string>>;
}

/**
 * @param release the text of release.yml
 * @param files all other texts by path, in order
 * @throws UserError TEMPLATES_INVALID
 */
export function makeReady(
  release: string,
  files: readonly (readonly [string, string])[],
): ReadyTemplates {
  const parsed = parseRelease(release);
  const tomls = files.filter(([path]) => path.endsWith('.toml'));
  return {
    release: parsed,
    files: Object.fromEntries(files),
    known: Object.fromEntries(tomls.map(([path, text]) => [path, knowToml(text, path)])),
    schemas: Object.fromEntries(
      tomls
        .filter(([path, text]) => schemaPath(path, text) !== undefined)
        .map(([path, text]) => [path, tomlSchema(path, text, parsed) ?? '']),
    ),
  };
}
