import { distance } from 'fastest-levenshtein';
import type { Fault } from '../errors.ts';
import type { Section, TableNode, TomlDocument, TomlNode } from '../toml/document.ts';
import { parseDottedKey } from '../toml/dotted-key.ts';
import { isDisabled } from '../toml/layout.ts';
import { tomlDottedKey } from '../toml/literal.ts';
import { parseToml } from '../toml/parse-toml.ts';
import { type ConfigInput, configFiles } from './places.ts';

/**
 * Keys and tables of the operator that are not in the release, but have almost the name of one beside them that is. A
 * service ignores a misspelled key without a word. Keys that resemble nothing are the operator's own, and are left out.
 */
export function misspelledKeys(input: ConfigInput): Fault[] {
  return configFiles(input).flatMap((file) => {
    const known = new KnownKeys();
    for (const text of [input.base.get(file), input.templates.files.get(file)]) {
      const parsed = parseToml(text ?? '');
      if (parsed.ok) known.addAll(parsed.document);
    }
    const current = parseToml(input.current.get(file) ?? '');
    if (!current.ok) return [];
    return misspelledIn(current.document, known).map((fault) => ({ file, ...fault }));
  });
}

/** A table with more unknown keys than this, such as one of labels, is meant to have any. */
const mostUnknown = 100;

function misspelledIn(document: TomlDocument, known: KnownKeys): Omit<Fault, 'file'>[] {
  const faults: Omit<Fault, 'file'>[] = [];
  const seen = new Set<string>();
  const counts = new Map<string, number>();
  for (const { path, line } of document.entries) {
    const names = path.filter((step) => typeof step === 'string');
    const depth = names.findIndex((name, at) => !known.below(names, at).has(name));
    const key = tomlDottedKey(names.slice(0, depth + 1));
    if (depth < 0 || seen.has(key)) continue;
    seen.add(key);
    const table = names.slice(0, depth);
    const count = (counts.get(tomlDottedKey(table)) ?? 0) + 1;
    counts.set(tomlDottedKey(table), count);
    const near = count > mostUnknown ? undefined : known.nearest(names, depth);
    if (near === undefined) continue;
    const closest = tomlDottedKey([...table, near]);
    const message = `is an unknown key; the closest match is "${closest}"`;
    faults.push({ line, key, message });
  }
  return faults;
}

/** The keys of a release by table, including those in comments. The elements of an array of tables are one table. */
class KnownKeys {
  readonly #tables = new Map<string, Set<string>>();

  addAll({ root, sections }: TomlDocument): void {
    this.#addNode(root, []);
    for (const section of sections) this.#addDisabled(section);
  }

  /** The known names in the table at the first `depth` names. */
  below(names: readonly string[], depth: number): ReadonlySet<string> {
    return this.#tables.get(JSON.stringify(names.slice(0, depth))) ?? new Set();
  }

  nearest(names: readonly string[], depth: number): string | undefined {
    const name = names[depth] ?? '';
    const near = [...this.below(names, depth)].filter((known) => isNear(name, known));
    return near.sort((a, b) => distance(name, a) - distance(name, b))[0];
  }

  #add(names: readonly string[]): void {
    for (const [depth, name] of names.entries()) {
      const table = JSON.stringify(names.slice(0, depth));
      const known = this.#tables.get(table);
      if (known) known.add(name);
      else this.#tables.set(table, new Set([name]));
    }
  }

  #addNode(node: TomlNode, names: readonly string[]): void {
    this.#add(names);
    if (node.kind === 'list') for (const element of node.elements) this.#addNode(element, names);
    if (node.kind !== 'table') return;
    for (const [name, child] of node.children) this.#addNode(child, [...names, name]);
  }

  /** Keys that are switched off: `# size = 5`. A header that is switched off holds for those below it. */
  #addDisabled({ table, items, banner, header }: Section): void {
    const own = namesOf(table);
    let names = own;
    for (const item of [...banner, ...items]) {
      const comments = item.kind === 'note' ? item.comments : item.remarks.lead;
      for (const comment of comments) {
        const disabled = disabledNames(comment);
        if (disabled?.isHeader) names = disabled.names;
        if (disabled) this.#add(disabled.isHeader ? names : [...names, ...disabled.names]);
      }
      if (item.kind !== 'note') names = own;
    }
    for (const comment of header?.remarks.lead ?? []) {
      const disabled = disabledNames(comment);
      if (disabled?.isHeader) this.#add(disabled.names);
    }
  }
}

function namesOf({ path }: TableNode): string[] {
  return path.filter((step) => typeof step === 'string');
}

function disabledNames(
  comment: string,
): { readonly names: string[]; readonly isHeader: boolean } | undefined {
  if (!isDisabled(comment)) return undefined;
  const text = comment.replace(/^#+[ \t]*/, '');
  const isHeader = text.startsWith('[');
  const key = isHeader ? /^\[+([^\]]*)/.exec(text)?.[1] : text.slice(0, text.indexOf('='));
  const names = parseDottedKey(key ?? '');
  return names && { names, isHeader };
}

/**
 * Whether a name is probably the other one, misspelled: for its length few letters differ, or two are swapped. Names that
 * differ in their numbers are meant to be different.
 */
function isNear(name: string, known: string): boolean {
  const [a, b] = [name, known].map((each) => each.toLowerCase().replace(/[-_ ]/g, '')) as [
    string,
    string,
  ];
  if (a.replace(/\D/g, '') !== b.replace(/\D/g, '')) return false;
  const apart = distance(a, b);
  const allowed = b.length < 4 ? 0 : b.length < 8 ? 1 : b.length < 16 ? 2 : 3;
  return (
    apart <= allowed ||
    (apart === 2 && b.length >= 3 && [...a].sort().join() === [...b].sort().join())
  );
}
