import { isMap, isNode, isScalar, LineCounter, parseDocument, type YAMLMap } from 'yaml';
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
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const positionOf = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  if (document.errors.length > 0) {
    const faults = document.errors.map(({ pos, message, code }) => ({
      file,
      ...positionOf(pos[0]),
      message: message.split(/ at line |\n/)[0] ?? code,
    }));
    return { ok: false, faults };
  }
  const position = (path: readonly PropertyKey[]) => {
    for (let length = path.length; length > 0; length--) {
      const key = keyIn(document.getIn(path.slice(0, length - 1), true), path[length - 1]);
      const node = key ?? document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return positionOf(node.range[0]);
    }
    return { line: 1, column: 1 };
  };
  try {
    return { ok: true, document: { data: document.toJS({ maxAliasCount: 10 }), position } };
  } catch (error) {
    return { ok: false, faults: [{ file, line: 1, message: (error as Error).message }] };
  }
}

function keyIn(parent: unknown, name: PropertyKey | undefined): unknown {
  if (!isMap(parent)) return undefined;
  return (parent as YAMLMap).items.find(({ key }) => isScalar(key) && key.value === name)?.key;
}
