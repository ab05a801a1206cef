import fc from 'fast-check';

/** Texts that someone who means harm, or an editor at work, could leave in a file. */

const strange = [
  '__proto__',
  'constructor',
  'toString',
  '',
  '\0',
  '\ufeff',
  '\ud800',
  '\u202e',
  '\u001b[2J',
  '../../etc/passwd',
  '/etc/passwd',
  'a'.repeat(5000),
  '{YOUR_URL}',
  '${X}',
  '$$',
];

const value: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -1, 2 ** 53, 1e308, -0, [], {}, [[]], [null], { a: 1 }),
  fc.constantFrom(...strange),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.jsonValue({ maxDepth: 3 }),
);

/** A document of JSON with some of its values, keys or whole branches replaced. */
export function hostileJson(valid: unknown): fc.Arbitrary<string> {
  const edit = fc.tuple(fc.nat(), fc.nat(4), value, fc.constantFrom(...strange));
  const edited = fc
    .array(edit, { minLength: 1, maxLength: 3 })
    .map((edits) => edits.reduce((text, each) => replaced(text, each), JSON.stringify(valid)));
  return fc.oneof(
    { weight: 4, arbitrary: edited },
    {
      weight: 2,
      arbitrary: damaged(JSON.stringify(valid, null, 1), ['{', '}', '[', ']', '"', ',']),
    },
    { weight: 1, arbitrary: fc.constantFrom(...worstJson) },
    { weight: 1, arbitrary: value.map((each) => JSON.stringify(each) ?? '') },
  );
}

type Edit = [at: number, how: number, value: unknown, key: string];

function replaced(text: string, [at, how, put, key]: Edit): string {
  const places: { holder: Record<string, unknown>; key: string }[] = [];
  const root = { document: JSON.parse(text) as unknown };
  const visit = (holder: Record<string, unknown>): void => {
    for (const [name, inner] of Object.entries(holder)) {
      places.push({ holder, key: name });
      if (typeof inner === 'object' && inner !== null) visit(inner as Record<string, unknown>);
    }
  };
  visit(root);
  const place = places[at % places.length];
  if (place === undefined) return text;
  if (how === 0) delete place.holder[place.key];
  // As JSON.parse does it, so that `__proto__` is a key.
  else if (how === 1) Object.defineProperty(place.holder, key, { value: put, enumerable: true });
  else place.holder[place.key] = put;
  return JSON.stringify(root.document ?? null);
}

const worstJson = [
  '',
  '\ufeff{}',
  '{"__proto__":{"formatVersion":1},"constructor":{"prototype":{}}}',
  '['.repeat(20_000),
  '{"a":'.repeat(20_000),
  `${'['.repeat(5000)}${']'.repeat(5000)}`,
  `${'{"a":'.repeat(3000)}1${'}'.repeat(3000)}`,
  `{"formatVersion":${'9'.repeat(400)}}`,
  '{"formatVersion":1e999,"format_version":-0}',
  `{"customer":"${'x'.repeat(1_000_000)}"}`,
  '{"a":1}{"a":2}',
  'null',
  '"',
];

/** What every reader is given, whatever it reads. */
export const worst: readonly string[] = [
  ...[
    '[',
    '{',
    '}',
    ']',
    '- ',
    '? ',
    '{a: ',
    '[[',
    '*a ',
    '&a ',
    '"',
    "'",
    'a.',
    '\n',
    '\0',
  ].flatMap((piece) => [piece.repeat(1000), piece.repeat(20_000)]),
  Array.from({ length: 2500 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
  'x'.repeat(2_000_000),
  ...worstJson,
];

/** A text with a few characters cut out, doubled, or put in; or soup of its pieces. */
export function damaged(valid: string, pieces: readonly string[]): fc.Arbitrary<string> {
  const piece = fc.constantFrom(
    '',
    ' ',
    '\n',
    '\r',
    '\t',
    '\0',
    '\ufeff',
    '\ud800',
    '#',
    ...pieces,
  );
  const cut = fc.tuple(fc.nat(), fc.nat(30), piece);
  return fc.oneof(
    {
      weight: 5,
      arbitrary: fc.array(cut, { minLength: 1, maxLength: 5 }).map((cuts) =>
        cuts.reduce((text, [at, length, put]) => {
          const from = at % (text.length + 1);
          return text.slice(0, from) + put + text.slice(from + length);
        }, valid),
      ),
    },
    { weight: 2, arbitrary: fc.array(piece, { maxLength: 40 }).map((parts) => parts.join('')) },
    {
      weight: 1,
      arbitrary: fc.tuple(piece, fc.constantFrom(10, 1000, 20_000)).map(([p, n]) => p.repeat(n)),
    },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  );
}
