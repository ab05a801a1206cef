import type { TemplateSet, ValueDescription } from '../release/release.ts';
import { parseToml } from '../toml/parse-toml.ts';
import type { TomlValue } from '../toml/value.ts';
import { stringsIn } from '../toml/value-text.ts';
import { allSiteValues } from './site-values.ts';

/** Every text in these files that must not be shown: values of secret placeholders, and texts that look like secrets. */
export function secretTexts(
  templates: TemplateSet,
  files: ReadonlyMap<string, string>,
): ReadonlySet<string> {
  const secrets = new Set<string>();
  for (const [name, counts] of allSiteValues(templates, files)) {
    const description = templates.release.values[name];
    if (description?.secret || description?.random)
      for (const text of counts.keys()) secrets.add(text);
  }
  for (const [path, text] of files) {
    const parsed = path.endsWith('.toml') ? parseToml(text) : undefined;
    if (parsed?.ok === false) for (const secret of secretsOfBroken(text)) secrets.add(secret);
    if (!parsed?.ok) continue;
    for (const { path: key, value } of parsed.document.entries) {
      if (!isSecret(key.map(String), [value], [])) continue;
      for (const secret of stringsIn(value)) {
        if (!/^\{YOUR_[A-Z0-9_]+\}$/.test(secret)) secrets.add(secret);
      }
    }
  }
  return secrets;
}

/** A key, with quoted parts, and what follows it in a line without white space around. */
const startOfPair = /^((?:"(?:[^"\\]|\\.)*"|'[^']*'|[\w.-])+)\s*=?\s*(.*)$/;

/** In a file that is not valid TOML (during an edit), a line that starts like a secret's key contains a secret. */
function secretsOfBroken(text: string): string[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const [, key = '', value = ''] = startOfPair.exec(line.trim()) ?? [];
    if (value === '' || !isSecret(key.split(/[."']+/), [value], [])) return [];
    const inner = /^(["'])(.*)\1$/.exec(value)?.[2];
    return inner === undefined ? [value] : [value, inner];
  });
}

/** A parameter whose value is never shown, and never accepted on the command line. */

const secretName =
  /secret|passw|passphrase|pwd|token|credential|private|(?:^|[_-])(?:api)?key$|(?:^|[_-])pass$/i;
const passwordInUrl = /:\/\/[^/?#\s:@]*:[^/?#\s@]+@/;

/**
 * The release declares which placeholders are secret. For any other key (the operator's own, a plain default),
 * its name and text decide. A number or a boolean is not a secret.
 * @param descriptions of the vendor's placeholders at this key
 */
export function isSecret(
  names: readonly string[],
  values: readonly TomlValue[],
  descriptions: readonly ValueDescription[],
): boolean {
  if (descriptions.some(({ secret, random }) => secret || random)) return true;
  const texts = values.flatMap(stringsIn);
  if (texts.some((text) => passwordInUrl.test(text))) return true;
  return descriptions.length === 0 && texts.length > 0 && names.some((n) => secretName.test(n));
}
