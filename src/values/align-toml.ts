import type { Rename } from '../merge/renames.ts';
import { renamedTree } from '../merge/toml/toml-rename.ts';
import { placeholdersIn, readBack } from '../release/placeholders.ts';
import type { TableNode, TomlEntry, TomlNode } from '../toml/document.ts';
import {
  canonicalToml,
  isTomlArray,
  isTomlInlineValue,
  type TomlInlineValue,
  type TomlValue,
} from '../toml/value.ts';
import { stringsIn } from '../toml/value-text.ts';

/** A key of a template, and what a file has in its place. */
export interface AlignedKey {
  readonly template: TomlEntry;
  readonly value: TomlValue;
  /** Absent if the file has a table there, or an array of inline tables instead of an array of tables. */
  readonly entry?: TomlEntry;
}

/**
 * The keys of a template that a file has, also under the names of earlier releases. Elements of arrays of tables match by
 * `name` or `id`, otherwise by content, with placeholders for any text.
 */
export function alignToml(
  template: TableNode,
  file: TableNode,
  renames: readonly Rename[],
): AlignedKey[] {
  return alignedBelow(template, renamedTree(file, template, renames));
}

/** A string of a template with placeholders, and the file's string in its place. */
export interface AlignedString {
  /** Of the template, as `renderToml` names it: an element of an array of tables by its index, others without one. */
  readonly key: readonly string[];
  readonly template: string;
  readonly text: string;
}

export function alignedStrings({ template, value }: AlignedKey): AlignedString[] {
  return stringsBelow(template.value, value, template.path.map(String));
}

type Side = TomlNode | TomlValue;

function alignedBelow(template: TomlNode, side: Side): AlignedKey[] {
  switch (template.kind) {
    case 'entry': {
      const entry = isNode(side) && side.kind === 'entry' ? side : undefined;
      return [{ template, value: plainOf(side), ...(entry && { entry }) }];
    }
    case 'table':
      return [...template.children].flatMap(([key, child]) => {
        const below = childOf(side, key);
        return below === undefined ? [] : alignedBelow(child, below);
      });
    case 'list': {
      const elements = elementsOf(side);
      const [wanted, present] = [template.elements.map(plainOf), elements.map(plainOf)];
      return matchElements(wanted, present).flatMap(([n, at]) => {
        const [element, below] = [template.elements[n], elements[at]];
        return element === undefined || below === undefined ? [] : alignedBelow(element, below);
      });
    }
  }
}

function stringsBelow(template: TomlValue, value: TomlValue, key: string[]): AlignedString[] {
  if (typeof template === 'string') {
    if (typeof value !== 'string' || placeholdersIn(template).length === 0) return [];
    return [{ key, template, text: value }];
  }
  if (typeof template !== 'object' || typeof value !== 'object') return [];
  if (isTomlArray(template)) {
    const hasPlaceholder = stringsIn(template).some((text) => placeholdersIn(text).length > 0);
    if (!isTomlArray(value) || !hasPlaceholder) return [];
    return matchElements(template, value).flatMap(([n, at]) =>
      stringsBelow(template[n] ?? '', value[at] ?? '', key),
    );
  }
  if (!isTomlInlineValue(template) || !isTomlInlineValue(value)) return [];
  return [...template].flatMap(([name, inner]) => {
    const below = value.get(name);
    return below === undefined ? [] : stringsBelow(inner, below, [...key, name]);
  });
}

/**
 * Pairs of indexes: the elements of a template's array and those of the file's array that mean the same. Sure matches
 * come first: the same name, the same content, then most of the same content.
 */
function matchElements(
  template: readonly TomlValue[],
  present: readonly TomlValue[],
): (readonly [template: number, present: number])[] {
  const matched = new Map<number, number>();
  const taken = new Set<number>();
  const match = (n: number, at: number) => {
    matched.set(n, at);
    taken.add(at);
  };
  const matchByText = (textOf: (value: TomlValue) => string | undefined) => {
    const byText = new Map<string, number[]>();
    for (const [at, value] of present.entries()) {
      const text = taken.has(at) ? undefined : textOf(value);
      if (text === undefined) continue;
      const same = byText.get(text);
      if (same === undefined) byText.set(text, [at]);
      else same.push(at);
    }
    for (const [n, wanted] of template.entries()) {
      const at = matched.has(n) ? undefined : byText.get(textOf(wanted) ?? '')?.shift();
      if (at !== undefined) match(n, at);
    }
  };
  const matchBest = (likeness: (wanted: TomlValue, value: TomlValue) => number) => {
    for (const [n, wanted] of template.entries()) {
      if (matched.has(n)) continue;
      let [best, most] = [-1, 0];
      for (const [at, value] of present.entries()) {
        const likes = taken.has(at) ? 0 : likeness(wanted, value);
        const isBetter = likes > most || (likes === most && at === n && sameLength);
        if (likes > 0 && isBetter) [best, most] = [at, likes];
      }
      if (most > 0) match(n, best);
    }
  };
  const sameLength = template.length === present.length;
  matchByText(nameOf);
  matchByText(canonicalToml);
  matchBest((wanted, value) => (fits(wanted, value) ? 1 : 0));
  matchBest(sharedKeys);
  return [...matched];
}

/** What identifies an inline table or an element of an array of tables: its `name` or `id`, unless a placeholder sets it. */
function nameOf(value: TomlValue): string | undefined {
  if (typeof value !== 'object' || !isTomlInlineValue(value)) return undefined;
  for (const key of ['name', 'id']) {
    const name = value.get(key);
    if (typeof name === 'bigint') return `${key} ${name}`;
    if (typeof name !== 'string') continue;
    return placeholdersIn(name).length > 0 ? undefined : `${key} ${name}`;
  }
  return undefined;
}

/** Whether a value is the template's, with any text for the placeholders, and possibly with more keys. */
function fits(template: TomlValue, value: TomlValue): boolean {
  if (typeof template === 'string') {
    return typeof value === 'string' && readBack(template, value) !== undefined;
  }
  if (typeof template !== 'object' || typeof value !== 'object') {
    return canonicalToml(template) === canonicalToml(value);
  }
  if (isTomlArray(template)) {
    if (!isTomlArray(value) || template.length !== value.length) return false;
    return template.every((inner, n) => fits(inner, value[n] ?? ''));
  }
  if (!isTomlInlineValue(template) || !isTomlInlineValue(value)) {
    return canonicalToml(template) === canonicalToml(value);
  }
  return [...template].every(([key, inner]) => fitsAt(value, key, inner));
}

function fitsAt(table: TomlInlineValue, key: string, template: TomlValue): boolean {
  const value = table.get(key);
  return value !== undefined && fits(template, value);
}

/** How many keys of two tables fit; 0 if they have different names. */
function sharedKeys(template: TomlValue, value: TomlValue): number {
  if (typeof template !== 'object' || typeof value !== 'object') return 0;
  if (!isTomlInlineValue(template) || !isTomlInlineValue(value)) return 0;
  const [one, other] = [nameOf(template), nameOf(value)];
  if (one !== undefined && other !== undefined && one !== other) return 0;
  return [...template].filter(([key, inner]) => fitsAt(value, key, inner)).length;
}

function isNode(side: Side): side is TomlNode {
  return (
    typeof side === 'object' &&
    'kind' in side &&
    (side.kind === 'entry' || side.kind === 'table' || side.kind === 'list')
  );
}

function childOf(side: Side, key: string): Side | undefined {
  if (!isNode(side)) {
    return typeof side === 'object' && isTomlInlineValue(side) ? side.get(key) : undefined;
  }
  return side.kind === 'table' ? side.children.get(key) : undefined;
}

function elementsOf(side: Side): readonly Side[] {
  if (isNode(side) && side.kind === 'list') return side.elements;
  const value = isNode(side) && side.kind === 'entry' ? side.value : side;
  return !isNode(value) && typeof value === 'object' && isTomlArray(value) ? value : [];
}

function plainOf(side: Side): TomlValue {
  if (!isNode(side)) return side;
  if (side.kind === 'entry') return side.value;
  if (side.kind === 'list') return side.elements.map(plainOf);
  return new Map([...side.children].map(([key, child]) => [key, plainOf(child)] as const));
}
