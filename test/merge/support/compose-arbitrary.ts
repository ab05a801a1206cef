import fc, { type Arbitrary } from 'fast-check';
import type { Field, Item, Style, Value } from './compose-model.ts';

const word = (...texts: string[]): Arbitrary<Value> =>
  fc.constantFrom(...texts).map((text) => ({ kind: 'word', text }));

const scalar = word(
  'always',
  '"no"',
  "'it''s'",
  '0644',
  '12345678901234567890',
  'true',
  'yes',
  '1.0',
  '12:30',
  '"a # b"',
  'http://x:80/y#z',
  'reg/platform:2026.10@sha256:aaaa',
  'reg/platform:2026.11@sha256:bbbb',
  `\${VAR:-x}`,
  '',
  '~',
  '{}',
  '[]',
);

const block: Arbitrary<Value> = fc.record({
  kind: fc.constant('block' as const),
  header: fc.constantFrom('|', '>', '|-', '>-', '|2'),
  lines: fc
    .array(fc.constantFrom('echo a', '# no comment', '  deeper', '', 'key: value', '- x'), {
      minLength: 1,
      maxLength: 4,
    })
    .map((lines) => ['first', ...lines, 'last']),
});

const folded: Arbitrary<Value> = fc
  .constantFrom(
    ['"a # b', 'c"'],
    ["'it''s", '', "d'"],
    ['plain', 'words'],
    ['[a,', '"b", c]'],
    ['{a: 1,', 'b: 2', '}'],
  )
  .map((lines) => ({ kind: 'folded', lines }));

/** The vendor's comments: few, so that they repeat, also as boxes. */
export const vendorComment = fc.constantFrom(
  '# ----',
  '# one',
  '# two',
  '#three: 3',
  '#',
  '# {a: b}',
);
const head = fc.oneof(
  { weight: 3, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.array(vendorComment, { maxLength: 3 }) },
);
const trail = fc.option(vendorComment, { nil: undefined, freq: 3 });

function field(key: Arbitrary<string>, value: Arbitrary<Value>): Arbitrary<Field> {
  return fc
    .record({ key, value, head, trail, blankBefore: fc.boolean() })
    .map(({ trail, ...rest }) => (trail === undefined ? rest : { ...rest, trail }));
}

function map(fields: Arbitrary<Field[]>): Arbitrary<Value> {
  return fc
    .record({ kind: fc.constant('map' as const), flow: fc.boolean(), fields })
    .map((value) => (value.flow ? { ...value, fields: value.fields.map(bare) } : value));
}

/** In `{…}` there are no comments and no blocks. */
function bare({ key, value }: Field): Field {
  return { key, value, head: [], blankBefore: false };
}

function list(...texts: string[]): Arbitrary<Value> {
  return listOf(word(...texts));
}

function listOf(value: Arbitrary<Value>): Arbitrary<Value> {
  const item: Arbitrary<Item> = fc
    .record({ value, head, trail })
    .map(({ trail, ...rest }) => (trail === undefined ? rest : { ...rest, trail }));
  return fc
    .record({
      kind: fc.constant('seq' as const),
      flow: fc.boolean(),
      items: fc.array(item, { maxLength: 4 }),
    })
    .map((value) =>
      value.flow
        ? { ...value, items: value.items.map((i) => ({ value: i.value, head: [] })) }
        : value,
    );
}

function fields(...some: Arbitrary<Field>[]): Arbitrary<Field[]> {
  return fc.array(fc.oneof(...some), { maxLength: 6 }).map(uniqueKeys);
}

export function uniqueKeys(all: readonly Field[]): Field[] {
  return [...new Map(all.map((one) => [one.key.replaceAll('"', ''), one])).values()];
}

const options = fields(
  field(fc.constantFrom('driver', 'type', '"a.b"'), scalar),
  field(
    fc.constantFrom('opts', '__proto__'),
    map(fields(field(fc.constantFrom('a', 'b', 'c'), scalar))),
  ),
);

const alias: Arbitrary<Value> = fc.constant({ kind: 'alias', name: 'common' });

export const serviceField: Arbitrary<Field> = fc.oneof(
  field(fc.constantFrom('image', 'restart', 'mode', 'user', '"quoted key"', 'constructor'), scalar),
  field(fc.constantFrom('entrypoint', 'script'), fc.oneof(scalar, block)),
  field(fc.constant('command'), fc.oneof(scalar, block, list('a', '--b', '"c d"', '"e, f"'))),
  field(
    fc.constant('ports'),
    list('"8080:80"', '"80:80"', '"443:443"', '"127.0.0.1:5432:5432"', '"9000"'),
  ),
  field(fc.constant('volumes'), list('./a:/a', './b:/a:ro', 'data:/data', '/x', `"\${D:-/d}:/e"`)),
  field(
    fc.constant('environment'),
    fc.oneof(
      list('A=1', 'A=2', 'B=1', 'C', '"D=x # y"'),
      map(fields(field(fc.constantFrom('A', 'B', 'C', 'D'), scalar))),
    ),
  ),
  field(fc.constantFrom('user', 'command', 'labels'), folded),
  field(
    fc.constantFrom('secrets', 'ports', 'mounts'),
    listOf(map(fields(field(fc.constantFrom('source', 'target', 'mode'), scalar)))),
  ),
  field(fc.constant('depends_on'), list('postgres', 'bucket', 'platform')),
  field(fc.constantFrom('healthcheck', 'deploy', 'logging'), map(options)),
);

const service = map(
  fc
    .tuple(
      fc.array(serviceField, { maxLength: 6 }),
      fc.option(field(fc.constant('<<'), alias), { freq: 5 }),
    )
    .map(([all, merge]) => uniqueKeys(merge === null ? all : [merge, ...all])),
);

export const serviceEntry = field(
  fc.constantFrom('platform', 'chatbot', 'msgrouter_ws', 'postgres', 'bucket'),
  service,
);

const anchored: Arbitrary<Field> = field(fc.constant('x-common'), map(options)).map((entry) => ({
  ...entry,
  value: { ...entry.value, anchor: 'common' } as Value,
}));

/** A whole file. The anchor stands first, so that every alias has one before it. */
export const document: Arbitrary<Field[]> = fc
  .tuple(
    anchored,
    fields(
      field(fc.constantFrom('name', 'version'), scalar),
      field(fc.constant('services'), map(fields(serviceEntry))),
      field(fc.constantFrom('volumes', 'networks'), map(options)),
    ),
  )
  .map(([first, rest]) => [first, ...rest]);

export const anyValue: Arbitrary<Value> = fc.oneof(
  scalar,
  block,
  list('a', 'b', '"c"'),
  map(options),
);

export const operatorStyle: Arbitrary<Style> = fc.record({
  step: fc.constantFrom(2, 3, 4),
  dash: fc.constantFrom(0, 2, 4),
  eol: fc.constantFrom('\n', '\n', '\r\n'),
  byteOrderMark: fc.boolean(),
  lastNewline: fc.boolean(),
  footer: fc.array(fc.constantFrom('# footer', '', '# end'), { maxLength: 2 }),
});
