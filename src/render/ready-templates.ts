import { checkTemplates } from '../release/check-templates.ts';
import { parseRelease } from '../release/parse-release.ts';
import type { ReadyTemplates } from '../release/release.ts';
import { knowToml } from './render-toml.ts';
import { schemaPath, tomlSchema } from './toml-schema.ts';

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
  checkTemplates({ release: parsed, files: new Map(files) });
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
