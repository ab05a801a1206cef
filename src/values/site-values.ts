import { placeholdersIn } from '../release/placeholders.ts';
import { presentAndFormerKeys, type TemplateSet } from '../release/release.ts';
import type { TableNode } from '../toml/document.ts';
import { findInToml } from '../toml/find.ts';
import { parseToml } from '../toml/parse-toml.ts';
import { stringsIn } from '../toml/value-text.ts';

/**
 * After `init`, a site value is stored only in the operator's file (DESIGN.md). This reads the values back
 * from it: if a template has `https://{YOUR_URL}/api` and the file has `https://x.example/api`, the
 * value of YOUR_URL is `x.example`.
 */
export type SiteValues = ReadonlyMap<string, string>;

/**
 * For each placeholder, the most frequent value in the files; for a tie, the first one.
 * A placeholder that is still in the files has no value.
 * @param files text by path in the installation; missing files and invalid TOML are skipped
 */
export function siteValues(templates: TemplateSet, files: ReadonlyMap<string, string>): SiteValues {
  return new Map(
    [...allSiteValues(templates, files)].map(([name, counts]) => {
      const [winner = ''] = [...counts].reduce((best, next) => (next[1] > best[1] ? next : best));
      return [name, winner];
    }),
  );
}

/** Every value of a placeholder in the files, with its number of occurrences. */
export function allSiteValues(
  templates: TemplateSet,
  files: ReadonlyMap<string, string>,
): Map<string, Map<string, number>> {
  const votes = new Map<string, Map<string, number>>();
  const roots = new Map([...files].map(([file, text]) => [file, rootOf(file, text)]));
  for (const { file, key, template } of placeholderKeys(templates)) {
    const text = files.get(file);
    if (text === undefined) continue;
    const names = key === undefined ? [] : presentAndFormerKeys(file, key, templates.release);
    const texts = key === undefined ? [text] : stringsAt(roots.get(file), names);
    for (const found of texts) {
      const match = matchTemplate(template, found);
      if (match === undefined) continue;
      const counts = votes.get(match.name) ?? new Map<string, number>();
      votes.set(match.name, counts.set(match.value, (counts.get(match.value) ?? 0) + 1));
    }
  }
  return votes;
}

/** Where the templates use a placeholder: a TOML key, or a whole file that is not TOML. */
interface PlaceholderKey {
  readonly file: string;
  readonly key: readonly string[] | undefined;
  readonly template: string;
}

function placeholderKeys({ files, known }: TemplateSet): PlaceholderKey[] {
  return [...files].flatMap(([file, text]): PlaceholderKey[] => {
    if (!file.endsWith('.toml')) {
      return placeholdersIn(text).length === 1 ? [{ file, key: undefined, template: text }] : [];
    }
    const strings = known?.get(file)?.strings;
    if (strings !== undefined) {
      return strings
        .filter(({ value }) => placeholdersIn(value).length === 1)
        .map(({ key, value }) => ({ file, key, template: value }));
    }
    const parsed = parseToml(text);
    if (!parsed.ok) return [];
    return parsed.document.entries.flatMap(({ path, value }) =>
      stringsIn(value)
        .filter((template) => placeholdersIn(template).length === 1)
        .map((template) => ({ file, key: path.map(String), template })),
    );
  });
}

function rootOf(file: string, text: string): TableNode | undefined {
  const parsed = file.endsWith('.toml') ? parseToml(text) : undefined;
  return parsed?.ok ? parsed.document.root : undefined;
}

/** The strings at the first existing name of a key in the file. */
function stringsAt(root: TableNode | undefined, names: readonly string[][]): string[] {
  if (root === undefined) return [];
  for (const path of names) {
    const { node } = findInToml(root, path);
    if (node?.kind === 'entry') return stringsIn(node.value);
  }
  return [];
}

/** The value in a text at the position of the template's only placeholder; none if the placeholder is still there. */
function matchTemplate(
  template: string,
  text: string,
): { name: string; value: string } | undefined {
  const [name = ''] = placeholdersIn(template);
  const literal = `{${name}}`;
  const at = template.indexOf(literal);
  const before = template.slice(0, at);
  const after = template.slice(at + literal.length);
  if (text.length < before.length + after.length) return undefined;
  if (!text.startsWith(before) || !text.endsWith(after)) return undefined;
  const value = text.slice(before.length, text.length - after.length);
  return value === '' || value === literal ? undefined : { name, value };
}
