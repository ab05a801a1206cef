import {
  type Document,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  YAMLParseError,
} from 'yaml';
import type { Fault } from '../../errors.ts';
import type { LocatedDocument } from './json-document.ts';
import { wildYaml } from './text-limits.ts';

/** The document, or all its syntax errors. */
export type ParsedYaml =
  | { readonly ok: true; readonly document: LocatedDocument }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** Parses YAML 1.2 with unique keys. Never throws. */
export function parseYaml(text: string, file: string): ParsedYaml {
  const wild = wildYaml(text);
  if (wild !== undefined) {
    const before = text.slice(0, wild.offset).split('\n');
    const [line, column] = [before.length, (before.at(-1)?.length ?? 0) + 1];
    return { ok: false, faults: [{ file, line, column, message: wild.message }] };
  }
  const lines = new LineCounter();
  // The parser's own check for duplicate keys takes quadratic time.
  let document: Document.Parsed;
  try {
    document = parseDocument(text, { lineCounter: lines, uniqueKeys: false });
  } catch (error) {
    // The parser recurses for keys in a row (`a: b: c:`), until the stack overflows.
    if (!(error instanceof RangeError)) throw error;
    return { ok: false, faults: [{ file, line: 1, column: 1, message: 'is nested too deeply' }] };
  }
  const positionOf = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const errors = [...document.errors, ...duplicateKeys(document)];
  if (errors.length > 0) {
    const faults = errors.map(({ pos, message, code }) => ({
      file,
      ...positionOf(pos[0]),
      message: message.split(/ at line |\n/)[0] ?? code,
    }));
    return { ok: false, faults };
  }
  const membersOf = memberIndex();
  const position = (path: readonly PropertyKey[]) => {
    let member: Member | undefined;
    for (const step of path) {
      const next: Member | undefined = membersOf(member ? member.value : document.contents).get(
        step,
      );
      if (next === undefined) break;
      member = next;
    }
    return member === undefined ? { line: 1, column: 1 } : positionOf(member.offset);
  };
  try {
    return { ok: true, document: { data: document.toJS({ maxAliasCount: 10 }), position } };
  } catch (error) {
    return { ok: false, faults: [{ file, line: 1, message: (error as Error).message }] };
  }
}

function duplicateKeys(document: Document): YAMLParseError[] {
  const errors: YAMLParseError[] = [];
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        const [start = 0, end = start] = key.range ?? [];
        if (seen.has(key.value)) {
          errors.push(new YAMLParseError([start, end], 'DUPLICATE_KEY', 'Map keys must be unique'));
        }
        seen.add(key.value);
      }
    },
  });
  return errors;
}

interface Member {
  /** Of the key; in a list, of the value. */
  readonly offset: number;
  readonly value: unknown;
}

/** What is in a mapping or list by key or index. Each node is indexed once. */
function memberIndex(): (node: unknown) => ReadonlyMap<unknown, Member> {
  const indexes = new Map<unknown, Map<unknown, Member>>();
  return (node) => {
    const known = indexes.get(node);
    if (known !== undefined) return known;
    const members = new Map<unknown, Member>();
    if (isMap(node)) {
      for (const { key, value } of node.items) {
        if (isScalar(key)) members.set(key.value, { offset: key.range?.[0] ?? 0, value });
      }
    } else if (isSeq(node)) {
      for (const [index, value] of node.items.entries()) {
        members.set(index, { offset: isNode(value) ? (value.range?.[0] ?? 0) : 0, value });
      }
    }
    indexes.set(node, members);
    return members;
  };
}
