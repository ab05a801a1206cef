import { placeholdersIn, readBack } from '../release/placeholders.ts';
import { renamesOf, type TemplateSet } from '../release/release.ts';
import { parseToml } from '../toml/parse-toml.ts';
import { type AlignedString, alignedStrings, alignToml } from './align-toml.ts';

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
  const votes: Votes = new Map();
  const unsure: Votes = new Map();
  for (const [file, text] of files) {
    for (const { template, text: standing } of standingTexts(templates, file, text)) {
      // Where two values meet without a mark between them, the text alone does not tell which is which.
      const to = placeholdersIn(template).length === 1 ? votes : unsure;
      for (const [name, value] of readBack(template, standing) ?? []) count(to, name, value);
    }
  }
  for (const [name, counts] of unsure) if (!votes.has(name)) votes.set(name, counts);
  return votes;
}

type Votes = Map<string, Map<string, number>>;

function count(votes: Votes, name: string, value: string): void {
  const counts = votes.get(name) ?? new Map<string, number>();
  votes.set(name, counts.set(value, (counts.get(value) ?? 0) + 1));
}

/**
 * What a file has where its template has a text with placeholders. A file that is not TOML is one text, without
 * a key. None if the file or its template is not valid TOML.
 * @param file its path
 * @param text of the file, which an earlier release may have rendered
 */
export function standingTexts(
  { files, release }: TemplateSet,
  file: string,
  text: string,
): readonly AlignedString[] {
  const template = files.get(file);
  if (template === undefined || placeholdersIn(template).length === 0) return [];
  if (!file.endsWith('.toml')) return [{ key: [], template, text }];
  const [vendors, present] = [parseToml(template), parseToml(text)];
  if (!vendors.ok || !present.ok) return [];
  const renames = renamesOf(file, release);
  return alignToml(vendors.document.root, present.document.root, renames).flatMap(alignedStrings);
}
