import { tomlDottedKey } from '../toml/literal.ts';
import { parseToml } from '../toml/parse-toml.ts';
import { namesOf } from './dotted-key.ts';

/**
 * The keys of configuration files, each with what the vendor says of it: the first line of his comment. Never a value,
 * nor a comment of the operator's, in which a value may stand.
 * @param base the last pristine render
 * @param current what is on the disk; a file that is no TOML adds nothing
 */
export function knownKeys(
  base: Iterable<string>,
  current: Iterable<string>,
): ReadonlyMap<string, string> {
  const keys = new Map<string, string>();
  for (const [texts, vendors] of [
    [base, true],
    [current, false],
  ] as const) {
    for (const text of texts) {
      const parsed = parseToml(text);
      if (!parsed.ok) continue;
      for (const { path, comments } of parsed.document.entries) {
        const key = tomlDottedKey(namesOf(parsed.document, path));
        const about = vendors ? (comments[0] ?? '').replace(/^#+\s*/, '') : '';
        if (!keys.has(key)) keys.set(key, about);
      }
    }
  }
  return keys;
}
