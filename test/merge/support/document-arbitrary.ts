import fc from 'fast-check';
import type { Child, Leaf, List, Model, Node, Note, Table } from './document-model.ts';

const keys = [
  'a',
  'b',
  'c',
  'port',
  'name',
  'id',
  '__proto__',
  'constructor',
  '',
  'a.b',
  'x y',
  'ключ',
  '1',
  '-',
  'q"\'#=',
];

export const key: fc.Arbitrary<string> = fc.constantFrom(...keys);

const scalar: fc.Arbitrary<string> = fc.constantFrom(
  '""',
  '"x"',
  '"é\\u00e9\\n#"',
  '"{YOUR_URL}"',
  "'lit\\eral'",
  "''",
  '"[a]"',
  '"a = 1"',
  '0',
  '-17',
  '+99',
  '1_000',
  '0xDEAD_beef',
  '0o755',
  '0b1101',
  '9223372036854775807',
  '9007199254740993',
  '1.0',
  '-0.0',
  '0.0',
  '6.626e-34',
  '5e+22',
  'inf',
  '-inf',
  'nan',
  '1',
  'true',
  'false',
  '1979-05-27T07:32:00Z',
  '1979-05-27T00:32:00.999999-07:00',
  '1979-05-27 07:32:00',
  '1979-05-27',
  '07:32:00',
  '00:32:00.5',
);

const multiLine: fc.Arbitrary<string> = fc.constantFrom(
  '"""\nfirst\n# no comment\n[no.table]\n"""',
  '"""one \\\n   two"""',
  "'''\nraw \\ # '' \n'''",
  '""""quoted""""',
  '[\n  1, # one\n  2,\n]',
  '[ "a",\n\n# inside\n"b" ]',
  '[\n]',
  '[ [ 1, 2 ], [ "a", ], ]',
  '[]',
  '[ { a = 1 }, { a = 2, "b.c" = { d = [ ] } } ]',
  '[1, 2.0, "three"]',
  '[{},\n{ name = "x" } # last\n]',
);

export const literal: fc.Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: scalar },
  { weight: 2, arbitrary: multiLine },
  { weight: 1, arbitrary: fc.integer().map(String) },
);

const words = fc.constantFrom(
  '# about it',
  '#tight',
  '#',
  '# a = 1',
  '# [section]',
  '# -----',
  '#\ttab ',
  '# [[a]]',
  '# key = "x" # y',
);

/** @param tag whose comment it is, to be found again */
export function comment(tag: string): fc.Arbitrary<string> {
  return fc.tuple(words, fc.nat(30)).map(([text, n]) => `${text} ${tag}${n}`);
}

function around<N extends Node>(node: fc.Arbitrary<N>, tag: string): fc.Arbitrary<Child<N>> {
  return fc.record({
    key,
    quote: fc.constantFrom('bare' as const, 'bare' as const, 'basic' as const, 'literal' as const),
    lead: fc.array(comment(tag), { maxLength: 2, size: 'small' }),
    trail: fc.option(comment(tag), { nil: undefined, freq: 3 }),
    blank: fc.boolean(),
    space: fc.constantFrom(' ', ' ', ' ', '', '  ', '\t'),
    node,
  });
}

export interface NodeArbitraries {
  readonly leaf: fc.Arbitrary<Child<Leaf>>;
  readonly table: fc.Arbitrary<Child<Table>>;
  readonly any: fc.Arbitrary<Child>;
  readonly note: fc.Arbitrary<Child<Note>>;
  readonly root: fc.Arbitrary<Table>;
}

export function nodes(tag: string): NodeArbitraries {
  const leafNode = literal.map((text): Leaf => ({ kind: 'leaf', literal: text }));
  const leaf = around(leafNode, tag);
  const note = fc
    .tuple(
      around(
        fc.boolean().map((apart): Note => ({ kind: 'note', apart })),
        tag,
      ),
      comment(tag),
    )
    .map(([child, line]) => ({ ...child, lead: [...child.lead, line] }));
  const { table: tableNode, list } = fc.letrec<{ child: Child; table: Table; list: List }>(
    (tie) => ({
      table: fc.record({
        kind: fc.constant('table' as const),
        form: fc.constantFrom(
          'header' as const,
          'header' as const,
          'inline' as const,
          'dotted' as const,
          'implied' as const,
        ),
        children: fc.array(tie('child'), { maxLength: 4, size: 'small' }),
        late: fc.boolean(),
      }),
      list: fc
        .tuple(
          fc.constantFrom('name', 'id', undefined),
          fc.array(around(tie('table'), tag), { minLength: 1, maxLength: 3, size: 'small' }),
        )
        .map(
          ([identity, elements]): List => ({
            kind: 'list',
            elements: identity
              ? elements.map((element, n) => named(element, identity, n))
              : elements,
          }),
        ),
      child: fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        { weight: 5, arbitrary: leaf },
        { weight: 1, arbitrary: note },
        { weight: 3, arbitrary: around(tie('table'), tag) },
        { weight: 2, arbitrary: around(tie('list'), tag) },
      ),
    }),
  );
  const table = around(tableNode, tag);
  const any = fc.oneof(leaf, leaf, table, around(list, tag));
  const root = fc
    .array(
      fc.oneof(
        { weight: 3, arbitrary: leaf },
        { weight: 1, arbitrary: note },
        { weight: 4, arbitrary: any },
      ),
      { minLength: 1, maxLength: 8, size: 'max' },
    )
    .map((children): Table => ({ kind: 'table', form: 'header', children, late: false }));
  return { leaf, table, any, note, root };
}

function named(element: Child<Table>, identity: string, n: number): Child<Table> {
  const first: Child<Leaf> = {
    key: identity,
    quote: 'bare',
    lead: [],
    blank: false,
    space: ' ',
    node: { kind: 'leaf', literal: `"e${n}"` },
  };
  const children = element.node.children.filter((child) => child.key !== identity);
  return { ...element, node: { ...element.node, children: [first, ...children] } };
}

export const model: fc.Arbitrary<Model> = fc.record({
  root: nodes('base').root,
  bom: fc.boolean().map((yes) => yes),
  eol: fc.constantFrom('\n' as const, '\n' as const, '\r\n' as const, 'mixed' as const),
  finalNewline: fc.boolean(),
});
