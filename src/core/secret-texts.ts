import type { TemplateSet } from './release.ts';
import { allSiteValues } from './site-values.ts';
import { parseToml } from './toml/parse-toml.ts';

/** Keys of the operator's own that look like secrets; those of the templates are known by their placeholder. */
const secretName = /(secret|password|passwd|token|api_?key|access_?key|private_?key|credential)/i;

/** Is a key's value to be hidden, by the key's own name? */
export function looksSecret(key: string): boolean {
  return secretName.test(key);
}

/** Every text in these files that must not be shown: values of secret placeholders, and of keys named like one. */
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
    if (!parsed?.ok) continue;
    for (const { path: key, value } of parsed.document.entries) {
      if (typeof value !== 'string' || !looksSecret(String(key.at(-1)))) continue;
      if (!/^\{YOUR_[A-Z0-9_]+\}$/.test(value)) secrets.add(value);
    }
  }
  return secrets;
}
