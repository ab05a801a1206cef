import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mergeToml } from '../../src/merge/merge-toml.ts';
import type { KeyPath } from '../../src/merge/result.ts';
import type { TomlDocument } from '../../src/toml/document.ts';
import { findInToml } from '../../src/toml/find.ts';
import { canonicalToml } from '../../src/toml/value.ts';
import { model } from './support/document-arbitrary.ts';
import { edited, edits } from './support/document-edits.ts';
import { type Child, type Model, settle, type Table, write } from './support/document-model.ts';
import { read } from './support/flat.ts';
import { expectOperatorComments } from './support/promises.ts';
import { runs, timeout } from './support/runs.ts';

interface Move {
  /** Which of the keys that are in no array of tables. */
  readonly at: number;
  readonly key: string;
  /** To which table; undefined: it stays in its own. */
  readonly into: number | undefined;
}

const move: fc.Arbitrary<Move> = fc.record({
  at: fc.nat(30),
  key: fc.constantFrom('renamed', 'x.y', 'new key'),
  into: fc.option(fc.nat(5), { nil: undefined }),
});

interface Site {
  readonly table: Table;
  readonly path: readonly string[];
}

/** The vendor's document with one key under another name, and the paths of both. */
function renamed(
  model: Model,
  { at, key, into }: Move,
): { model: Model; from: KeyPath; to: KeyPath } | undefined {
  const copy = structuredClone(model);
  const tables = tablesOf({ table: copy.root, path: [] });
  const keys = tables.flatMap((site) => site.table.children.map((child) => ({ site, child })));
  const found = keys.filter(({ child }) => child.node.kind !== 'note')[
    at % Math.max(1, keys.length)
  ];
  if (!found) return undefined;
  const { site, child } = found;
  const from = [...site.path, child.key];
  const targets = tables.filter(
    ({ path }) => JSON.stringify(path.slice(0, from.length)) !== JSON.stringify(from),
  );
  const target = into === undefined ? site : (targets[into % targets.length] ?? site);
  site.table.children.splice(site.table.children.indexOf(child), 1);
  target.table.children.push({ ...child, key } satisfies Child);
  return { model: settle(copy), from, to: [...target.path, key] };
}

function tablesOf(site: Site): Site[] {
  const below = site.table.children.flatMap(({ key, node }): Site[] =>
    node.kind === 'table' ? tablesOf({ table: node, path: [...site.path, key] }) : [],
  );
  return [site, ...below];
}

function has(document: TomlDocument, path: KeyPath): boolean {
  return findInToml(document.root, path).node !== undefined;
}

function leafAt(
  document: TomlDocument,
  path: KeyPath,
): { literal: string; means: string } | undefined {
  const { node } = findInToml(document.root, path);
  if (node?.kind !== 'entry') return undefined;
  const { start, end } = node.valueRange;
  return { literal: document.text.slice(start, end), means: canonicalToml(node.value) };
}

/** Whether a value or a list of the operator's stands where the new key needs a table. */
function isBlocked(document: TomlDocument, to: KeyPath): boolean {
  const above = to.slice(0, -1).map((_, n) => findInToml(document.root, to.slice(0, n + 1)).node);
  return above.some((node) => node !== undefined && node.kind !== 'table');
}

test(
  'a renamed key takes the value and the comments of the operator with it',
  () => {
    fc.assert(
      fc.property(model, edits('op'), edits('vendor'), move, (start, operator, vendor, move) => {
        const baseModel = edited(start, []);
        const change = renamed(baseModel, move);
        fc.pre(change !== undefined);
        const { from, to } = change;
        const [base, current] = [write(baseModel), write(edited(baseModel, operator))];
        const incoming = write(edited(change.model, vendor));
        const result = mergeToml(base, current, incoming, {
          onConflict: 'ours',
          renames: [{ from, to }],
        });
        if (result.kind !== 'merged')
          throw new Error(JSON.stringify({ result, base, current, incoming, from, to }));
        const documents = [base, current, incoming, result.text].map(read);
        expectOperatorComments({ base, current, incoming, onConflict: 'ours' }, documents);
        const [b, c, i, r] = documents as [TomlDocument, TomlDocument, TomlDocument, TomlDocument];
        const [before, now] = [leafAt(b, from), leafAt(c, from)];
        const isRename =
          before && now && leafAt(i, to) && !has(i, from) && !has(b, to) && !has(c, to);
        if (!isRename || isBlocked(c, to)) return;
        expect(has(r, from)).toBe(false);
        if (before.means !== now.means) expect(leafAt(r, to)?.literal).toBe(now.literal);
        expect(result.changes).toContainEqual(
          expect.objectContaining({ kind: 'renamed', path: to, from }),
        );
      }),
      runs,
    );
  },
  timeout,
);
