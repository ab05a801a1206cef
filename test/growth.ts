/**
 * Shows that the time for each computation over a text of others grows with the text, and not with its square:
 * `npm run growth -- [PART OF A NAME]`. Each row is measured at a size and at ten times that size in the same run: a
 * ratio near 10 is linear, one near 100 is quadratic. Ends with 1 if a ratio is above the limit.
 */

import { portsOf } from '../src/checks/facts/published-ports.ts';
import { nginxUserName } from '../src/checks/facts/web-user.ts';
import { unknownServices } from '../src/compose/override.ts';
import { mergeHba } from '../src/compose/pg-hba.ts';
import { reachOfServices } from '../src/compose/service-reach.ts';
import { readConfig } from '../src/config/parameters.ts';
import { planSet } from '../src/config/plan-config.ts';
import { literal, readRoles } from '../src/data/role-statements.ts';
import { parseJson } from '../src/lib/text/json-document.ts';
import { parseYaml } from '../src/lib/text/yaml-document.ts';
import { secretMask } from '../src/merge/mask-secrets.ts';
import { mergeText } from '../src/merge/merge-text.ts';
import { mergeToml } from '../src/merge/merge-toml.ts';
import { mergeYaml } from '../src/merge/merge-yaml.ts';
import type { MergeResult } from '../src/merge/result.ts';
import { unifiedDiff } from '../src/merge/unified-diff.ts';
import { errorLogOf, lineThatIncludes, parseBuild, pidFileOf } from '../src/nginx/nginx.ts';
import { rivalsOf } from '../src/nginx/served-sites.ts';
import { certificateOfSite, serverNamesOf } from '../src/nginx/site-certificate.ts';
import { renderToml } from '../src/render/render-toml.ts';
import { tomlSchema } from '../src/render/toml-schema.ts';
import { Reporter } from '../src/reporter.ts';
import { arrayLiteral } from '../src/toml/array-text.ts';
import { setTomlValue, unsetTomlKey } from '../src/toml/edit-toml.ts';
import { parseToml } from '../src/toml/parse-toml.ts';
import { secretTexts } from '../src/values/secret-texts.ts';
import { hostOfSite } from '../src/values/site-host.ts';
import { parseValues } from '../src/values/values.ts';
import { configInput, parameterOf, platform } from './support/config-input.ts';
import { installed } from './support/releases.ts';

/** Above the noise of a busy machine, of a full memory and of n log n, far below the 100 of a square. */
const limit = 40;

/** What is done over a text of a size; what it needs is prepared before. `round` makes the text new to every cache. */
type Grow = (size: number, round: number) => () => unknown;

/** The size must take some milliseconds, and ten times the size must be within the limits of the parsers. */
type Row = readonly [name: string, size: number, grow: Grow];

const ours = { onConflict: 'ours' } as const;

function times(count: number, line: (n: number) => string): string {
  return Array.from({ length: count }, (_, n) => line(n)).join('');
}

type Sides = readonly [base: string, current: string, incoming: string];

/** A text in three versions: the operator changed every third value and added some lines, the vendor every second one. */
function sides(
  count: number,
  text: (count: number, value: (n: number) => string, extra: (n: number) => string) => string,
): Sides {
  const none = () => '';
  return [
    text(count, () => '0', none),
    text(
      count,
      (n) => (n % 3 === 0 ? '9' : '0'),
      (n) => (n % 5 === 0 ? `own_${n} = 1\n` : ''),
    ),
    text(
      count,
      (n) => (n % 2 === 0 ? '5' : '0'),
      (n) => (n % 4 === 0 ? `new_${n} = 1\n` : ''),
    ),
  ];
}

function merging(
  merge: (...sides: [string, string, string, typeof ours]) => MergeResult,
  kinds: readonly MergeResult['kind'][] = ['merged'],
) {
  return ([base, current, incoming]: Sides, mark: string) =>
    () => {
      const result = merge(mark + base, mark + current, mark + incoming, ours);
      if (!kinds.includes(result.kind)) throw new Error(JSON.stringify(result).slice(0, 300));
      return result;
    };
}

function toml(name: string, size: number, text: (size: number) => Sides): Row {
  const merge = merging(mergeToml);
  return [`TOML merge: ${name}`, size, (n, round) => merge(text(n), `# round ${round}\n\n`)];
}

function yaml(
  name: string,
  size: number,
  text: (size: number) => Sides,
  kinds?: MergeResult['kind'][],
): Row {
  const merge = merging(mergeYaml, kinds);
  return [`YAML merge: ${name}`, size, (n, round) => merge(text(n), `# round ${round}\n\n`)];
}

function lines(name: string, size: number, text: (size: number) => Sides): Row[] {
  const merge = merging(mergeText);
  const change =
    ([base, , incoming]: Sides) =>
    () =>
      unifiedDiff(base, incoming, { path: 'x' });
  return [
    [`text merge: ${name}`, size, (n, round) => merge(text(n), `# round ${round}\n`)],
    [`diff: ${name}`, size, (n) => change(text(n))],
  ];
}

/** The same in a random order that is the same each time. */
function shuffled(count: number, kinds: number, seed: number): string {
  let state = seed;
  return times(count, () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return `line ${Math.floor((state / 2 ** 31) * kinds)}\n`;
  });
}

const crlf = (all: Sides): Sides => all.map((text) => text.replaceAll('\n', '\r\n')) as never;

const tomlMerges: Row[] = [
  toml('keys of one table', 1000, (n) =>
    sides(n, (count, value, extra) =>
      times(count, (i) => `# Key ${i}.\nkey_${i} = ${value(i)} # unit\n${extra(i)}`),
    ),
  ),
  toml('keys, CRLF', 1000, (n) =>
    crlf(
      sides(n, (count, value, extra) =>
        times(count, (i) => `# Key ${i}.\nkey_${i} = ${value(i)} # unit\n${extra(i)}`),
      ),
    ),
  ),
  toml('tables', 500, (n) =>
    sides(n, (count, value, extra) =>
      times(count, (i) => `# T ${i}.\n[t${i}]\nkey = ${value(i)}\n${extra(i)}other = 1\n\n`),
    ),
  ),
  toml('array of tables', 500, (n) =>
    sides(n, (count, value, extra) =>
      times(count, (i) => `[[s]]\nname = "s${i}"\nkey = ${value(i)}\n${extra(i)}`),
    ),
  ),
  toml('array of tables without names', 500, (n) =>
    sides(n, (count, value, extra) =>
      times(count, (i) => `[[s]]\nno = ${i}\nkey = ${value(i)}\n${extra(i)}`),
    ),
  ),
  toml('elements that the vendor adds', 500, (n) => [
    '[[s]]\nname = "a"\n',
    '[[s]]\nname = "a"\nown = 1\n',
    `[[s]]\nname = "a"\n${times(n, (i) => `[[s]]\nname = "s${i}"\n`)}`,
  ]),
  toml('elements that the vendor drops', 500, (n) => [
    `[[s]]\nname = "a"\n${times(n, (i) => `[[s]]\nname = "s${i}"\n`)}`,
    `[[s]]\nname = "a"\nown = 1\n${times(n, (i) => `[[s]]\nname = "s${i}"\n`)}`,
    '[[s]]\nname = "a"\n',
  ]),
  toml('tables that the vendor drops', 500, (n) => [
    `a = 1\n${times(n, (i) => `# T ${i}\n[s${i}]\na = ${i} # x\n\n`)}`,
    `a = 2\n${times(n, (i) => `# T ${i}\n[s${i}]\na = ${i} # x\n\n`)}`,
    'a = 1\n',
  ]),
  toml('one inline table', 1000, (n) =>
    sides(n, (count, value) => `t = { ${times(count, (i) => `k${i} = ${value(i)}, `)}last = 1 }\n`),
  ),
  toml('an inline table with commented lists', 500, (n) =>
    sides(
      n,
      (count, value) =>
        `t = { ${times(count, (i) => `k${i} = [ # note ${i}\n ${value(i)}], `)}last = 1 }\n`,
    ),
  ),
  toml('one inline table that the vendor extends', 500, (n) => [
    't = { a = 1 }\n',
    't = { a = 2 }\n',
    `t = { a = 1, ${times(n, (i) => `k${i} = 1, `)}last = 1 }\n`,
  ]),
  toml('elements of one list', 1000, (n) =>
    sides(
      n,
      (count, value) => `t = [\n${times(count, (i) => `  ${value(i)}, # ${i}\n`)}]\nb = 1\n`,
    ),
  ),
  toml('inline tables in a list', 1000, (n) =>
    sides(
      n,
      (count, value) => `t = [\n${times(count, (i) => `  { a = ${value(i)} },\n`)}]\nb = 1\n`,
    ),
  ),
  toml('dotted keys', 500, (n) =>
    sides(n, (count, value, extra) =>
      times(count, (i) => `a.b.c${i}.d = ${value(i)}\n${extra(i)}`),
    ),
  ),
  toml('dotted keys in elements', 300, (n) =>
    sides(n, (count, value) => times(count, (i) => `[[s]]\na.b.c = ${value(i)}\na.d = 1\n`)),
  ),
  toml('dotted headers', 300, (n) =>
    sides(n, (count, value) => times(count, (i) => `[a.b.c.t${i}]\nx = ${value(i)}\n`)),
  ),
  // Each table knows its path, so the time grows with the square of the depth. No key may have over 1000 parts.
  toml('deep keys', 10, (n) => {
    const key = Array.from({ length: n }, () => 'a').join('.');
    return [`${key} = 1\nb = 1\n`, `${key} = 2\nb = 1\n`, `${key} = 1\nb = 2\n`];
  }),
  toml('deep lists', 10, (n) =>
    sides(1, (_, value) => `a = ${'['.repeat(n)}${value(0)}${']'.repeat(n)}\n`),
  ),
  toml('notes', 1000, (n) =>
    sides(n, (count, value, extra) =>
      times(count, (i) => `# Note ${i} ${value(i)}.\n\nkey_${i} = 1\n${extra(i)}`),
    ),
  ),
  toml('notes in one place', 500, (n) =>
    sides(
      n,
      (count, value) =>
        `a = 1\n\n${times(count, (i) => `# Note ${i}.\n# Part ${value(i)}.\n\n`)}b = 1\n`,
    ),
  ),
  toml('notes in one place, all new', 500, (n) => [
    `a = 1\n\n${times(n, (i) => `# Note ${i}.\n\n`)}b = 1\n`,
    `a = 2\n\n${times(n, (i) => `# Note ${i}.\n\n`)}b = 1\n`,
    `a = 1\n\n${times(n, (i) => `# Remark ${i}.\n\n`)}b = 1\n`,
  ]),
  toml('notes above a header', 500, (n) => [
    '[a]\nx = 1\n\n[b]\ny = 1\n',
    '[a]\nx = 2\n\n[b]\ny = 1\n',
    `[a]\nx = 1\n\n${times(n, (i) => `# Note ${i}.\n\n`)}[b]\ny = 1\n`,
  ]),
  toml('equal notes', 500, (n) => [
    `a = 1\n\n${times(n, () => '# Note.\n\n')}b = 1\n`,
    `a = 2\n\n${times(n, () => '# Note.\n\n')}b = 1\n`,
    'a = 1\n\nb = 1\n',
  ]),
  toml('comment lines of one note', 1000, (n) =>
    sides(
      n,
      (count, value) => `a = 1\n\n${times(count, (i) => `# Line ${i} ${value(i)}\n`)}\nb = 1\n`,
    ),
  ),
  toml('comment lines above one key', 1000, (n) =>
    sides(n, (count, value) => `${times(count, (i) => `# Line ${i} ${value(i)}\n`)}b = 1\n`),
  ),
  toml('equal comment lines', 1000, (n) =>
    sides(n, (count, value) => `a = 1\n\n${times(count, () => '#\n')}# ${value(0)}\n\nb = 1\n`),
  ),
  toml('switched-off keys', 500, (n) =>
    sides(
      n,
      (count, value) => `[a]\n${times(count, (i) => `# Key ${i}.\n# key_${i} = ${value(i)}\n\n`)}`,
    ),
  ),
  toml('blank lines', 5000, (n) =>
    sides(n, (count, value) => `a = ${value(0)}\n${'\n'.repeat(count)}b = ${value(2)}\n`),
  ),
  toml('blanks', 20_000, (n) =>
    sides(
      n,
      (count, value) =>
        `a = ${value(0)}${' '.repeat(count)}# x\n${' '.repeat(count)}b = ${value(2)}\n`,
    ),
  ),
  toml('one long string', 10_000, (n) =>
    sides(n, (count, value) => `a = "${'x'.repeat(count)}${value(0)}"\nb = ${value(2)}\n`),
  ),
  toml('one long string of several lines', 5000, (n) =>
    sides(n, (count, value) => `a = """\n${'x\n'.repeat(count)}${value(0)}"""\nb = ${value(2)}\n`),
  ),
  toml('one long comment', 20_000, (n) =>
    sides(n, (count, value) => `# ${'x '.repeat(count)}${value(0)}\nb = ${value(2)}\n`),
  ),
];

const faults: Row[] = (
  [
    ['blanks', (n) => `a = 1\nb${' '.repeat(n)}c\n`],
    ['blanks behind a key of a secret', (n) => `password${' '.repeat(n)}c${' '.repeat(n)}d =\n`],
    ['blanks behind an equals sign', (n) => `a =${' '.repeat(n)}\n`],
    ['tabs', (n) => `a\t=\t1${'\t'.repeat(n)}x\n`],
    ['lines', (n) => `${times(n / 10, (i) => `k${i} = 1\n`)}b c\n`],
    ['an open string', (n) => `a = "${'x'.repeat(n)}\n`],
    ['an open string of several lines', (n) => `a = """${'x\n'.repeat(n / 2)}`],
    ['open brackets', (n) => `a = ${'['.repeat(n / 20)}`],
    ['open quotes', (n) => `a = ${'"" '.repeat(n / 20)}`],
    ['equals signs', (n) => `a ${'='.repeat(n)}\n`],
    ['key-like text', (n) => `${'password '.repeat(n / 10)}\n`],
    ['addresses', (n) => `${'://a:'.repeat(n / 10)}\n`],
    ['twice the same keys', (n) => `${times(n / 10, (i) => `k${i} = 1\n`)}k1 = 1\n`],
  ] satisfies [string, (n: number) => string][]
).map(
  ([name, text]): Row => [
    `broken TOML: ${name}`,
    10_000,
    (n, round) => {
      const written = `# round ${round}\n${text(n)}`;
      return () => [
        parseToml(written),
        secretTexts({ ...input.templates }, new Map([[platform, written]])),
        parseValues(written, 'values.toml', input.templates.release),
      ];
    },
  ],
);

const compose = (count: number, tag: string, memory: string) =>
  `x-common: &common\n  restart: always\nservices:${times(
    count,
    (i) => `
  # ---- service ${i} ----
  service-${i}:
    <<: *common
    image: registry.example/proto/service-${i}:${tag}@sha256:${'0'.repeat(64)} # pinned
    ports:
      - "127.0.0.1:${8000 + i}:8080"
    environment:
      LOG_LEVEL: info
      INDEX: "${i}"
    deploy: {resources: {limits: {memory: ${memory}}}}
`,
  )}`;

const service = (body: string) => `services:\n  a:\n    image: x\n${body}`;

const yamlMerges: Row[] = [
  yaml('services', 60, (n) => [
    compose(n, '1', '4g'),
    compose(n, '1', '8g'),
    compose(n + 1, '2', '4g'),
  ]),
  yaml('services, CRLF', 60, (n) =>
    crlf([compose(n, '1', '4g'), compose(n, '1', '8g'), compose(n + 1, '2', '4g')]),
  ),
  yaml('services that the vendor adds', 60, (n) => [
    compose(1, '1', '4g'),
    compose(1, '1', '8g'),
    compose(n, '2', '4g'),
  ]),
  yaml('services that the vendor drops', 60, (n) => [
    compose(n, '1', '4g'),
    compose(n, '1', '8g'),
    compose(1, '1', '4g'),
  ]),
  yaml('variables of one service', 1000, (n) =>
    sides(n, (count, value) =>
      service(`    environment:\n${times(count, (i) => `      K${i}: "${value(i)}"\n`)}`),
    ),
  ),
  yaml('variables as a list', 1000, (n) =>
    sides(n, (count, value) =>
      service(`    environment:\n${times(count, (i) => `      - K${i}=${value(i)}\n`)}`),
    ),
  ),
  yaml('variables in braces', 1000, (n) =>
    sides(n, (count, value) =>
      service(`    environment: {${times(count, (i) => `K${i}: "${value(i)}", `)}z: 1}\n`),
    ),
  ),
  yaml('a list that is one value', 1000, (n) =>
    sides(n, (count, value) =>
      service(
        `    command:\n${times(count, (i) => `      - k${i}=${value(0)}${value(2)}\n`)}    x: ${value(2)}\n    y: ${value(3)}\n`,
      ),
    ),
  ),
  yaml('commented variables', 1000, (n) =>
    sides(n, (count, value) =>
      service(
        `    environment:\n${times(count, (i) => `      # Key ${i} ${value(i + 1)}\n      K${i}: "${value(i)}" # note\n`)}`,
      ),
    ),
  ),
  yaml('comment lines in one place', 1000, (n) =>
    sides(n, (count, value) =>
      service(
        `${times(count, (i) => `    # Line ${i} ${value(2 * i)}\n`)}    x: ${value(2)}\n    y: ${value(3)}\n`,
      ),
    ),
  ),
  yaml('comment lines in a value that the vendor changes', 1000, (n) => [
    service(`    command:\n${times(n, (i) => `      # Line ${i}\n`)}      - a\n    y: 1\n`),
    service(`    command:\n${times(n, (i) => `      # Line ${i}\n`)}      - a\n    y: 2\n`),
    service('    command:\n      - b\n    y: 1\n'),
  ]),
  yaml('comment lines of a key that the vendor drops', 1000, (n) => [
    service(`${times(n, (i) => `    # Line ${i}\n`)}    x: 1\n    y: 1\n`),
    service(`${times(n, (i) => `    # Line ${i}\n`)}    x: 1\n    y: 2\n`),
    service('    y: 1\n'),
  ]),
  yaml('comment lines below a deep key', 500, (n) =>
    sides(
      n,
      (count, value) =>
        `${times(30, (i) => `${'  '.repeat(i)}k:\n`)}${'  '.repeat(30)}x: ${value(0)}\n${times(count, (i) => `${'  '.repeat(31)}# ${i}\n`)}y: ${value(2)}\n`,
    ),
  ),
  yaml('anchors and aliases', 200, (n) =>
    sides(
      n,
      (count, value) =>
        `${times(count, (i) => `x-${i}: &a${i} {k: ${value(i)}}\n`)}y:\n${times(count, (i) => `  k${i}: *a${i}\n`)}`,
    ),
  ),
  yaml('aliases of one anchor', 400, (n) =>
    sides(
      n,
      (count, value) =>
        `x-a: &a {k: ${value(0)}}\nz: ${value(2)}\ny:\n${times(count, (i) => `  k${i}: *a\n`)}`,
    ),
  ),
  yaml('one anchor again and again', 200, (n) =>
    sides(n, (count, value) => times(count, (i) => `x-${i}: &a {k: ${value(i)}}\ny-${i}: *a\n`)),
  ),
  yaml('deep keys', 10, (n) =>
    sides(
      1,
      (_, value) =>
        `${times(n, (i) => `${'  '.repeat(i)}k:\n`)}${'  '.repeat(n)}x: ${value(0)}\ny: ${value(2)}\n`,
    ),
  ),
  yaml('blank lines', 5000, (n) =>
    sides(
      n,
      (count, value) => `a: ${value(0)}\n${'\n'.repeat(count)}b: ${value(2)}\nc: ${value(3)}\n`,
    ),
  ),
  yaml('blanks', 20_000, (n) =>
    sides(
      n,
      (count, value) =>
        `a: ${value(0)}${' '.repeat(count)}# x\nb:${' '.repeat(count)}${value(2)}\nc: ${value(3)}\n`,
    ),
  ),
  yaml('one long scalar', 20_000, (n) =>
    sides(
      n,
      (count, value) => `a: ${'x'.repeat(count)}${value(0)}\nb: ${value(2)}\nc: ${value(3)}\n`,
    ),
  ),
  yaml('a block scalar', 3000, (n) =>
    sides(
      n,
      (count, value) =>
        `a: |\n${'  x\n'.repeat(count)}  ${value(0)}\nb: ${value(2)}\nc: ${value(3)}\n`,
    ),
  ),
  yaml('a plain scalar of several lines', 3000, (n) =>
    sides(
      n,
      (count, value) =>
        `a:\n${'  x\n'.repeat(count)}  ${value(0)}\nb: ${value(2)}\nc: ${value(3)}\n`,
    ),
  ),
  yaml('a quoted scalar of several lines', 3000, (n) =>
    sides(
      n,
      (count, value) =>
        `a: "\n${'  x\n'.repeat(count)}  ${value(0)}"\nb: ${value(2)}\nc: ${value(3)}\n`,
    ),
  ),
  yaml(
    'twice the same keys',
    1000,
    (n) => sides(n, (count, value) => `${times(count, (i) => `k${i}: ${value(i)}\n`)}k1: 1\n`),
    ['unreadable'],
  ),
  yaml(
    'broken lines',
    1000,
    (n) => sides(n, (count, value) => times(count, (i) => `k${i} ${value(i)}\n`)),
    ['unreadable'],
  ),
  yaml(
    'open brackets',
    15,
    (n) => sides(n, (count, value) => `a: ${'['.repeat(count)}${value(0)}\nb: ${value(2)}\n`),
    ['unreadable'],
  ),
];

const textMerges: Row[] = [
  ...lines('different lines', 2000, (n) =>
    sides(n, (count, value, extra) => times(count, (i) => `line ${i} ${value(i)}\n${extra(i)}`)),
  ),
  ...lines('equal lines', 400, (n) => [
    '}\n'.repeat(n),
    `${`}\n`.repeat(n / 2)}own\n${'}\n'.repeat(n / 2)}`,
    `new\n${'}\n'.repeat(n + 1)}`,
  ]),
  ...lines('equal lines with insertions', 400, (n) => [
    '}\n'.repeat(n),
    times(n, (i) => (i % 7 === 0 ? '}\nown\n' : '}\n')),
    times(n, (i) => (i % 5 === 0 ? '}\nnew\n' : '}\n')),
  ]),
  ...lines('all lines are new', 1000, (n) => [
    times(n, (i) => `a ${i}\n`),
    times(n, (i) => `b ${i}\n`),
    times(n, (i) => `c ${i}\n`),
  ]),
  ...lines('shuffled lines of few kinds', 400, (n) => [
    shuffled(n, 3, 1),
    shuffled(n, 3, 2),
    shuffled(n, 3, 3),
  ]),
  ...lines('shuffled lines of many kinds', 400, (n) => [
    shuffled(n, n / 4, 1),
    shuffled(n, n / 4, 2),
    shuffled(n, n / 4, 3),
  ]),
  ...lines('blank lines', 2000, (n) => [
    '\n'.repeat(n),
    `${'\n'.repeat(n)}own\n`,
    `${'\n'.repeat(n + 5)}`,
  ]),
  ...lines('CRLF', 2000, (n) =>
    crlf(sides(n, (count, value) => times(count, (i) => `line ${i} ${value(i)}\n`))),
  ),
  ...lines('one long line', 50_000, (n) => sides(1, (_, value) => `${'x'.repeat(n)}${value(0)}`)),
  [
    'pg_hba.conf',
    500,
    (n) => {
      const text = (from: number) =>
        times(
          n,
          (i) =>
            `hostssl  platform  postgres  10.${(i + from) >> 8}.${(i + from) & 255}.0/24  scram-sha-256\n`,
        );
      return () => mergeHba(text(0), `# mine\n${text(0)}`, text(n), ours);
    },
  ],
];

const secret = (n: number) => `s${(n * 7919).toString(36)}-${(n + 1e9).toString(36)}-xyz`;

const secrets: Row[] = [
  [
    'masked diff',
    100,
    (n) => {
      const text = (from: number) => times(n, (i) => `key_${i} = "${secret(i + from)}"\n`);
      const all = Array.from({ length: 2 * n }, (_, i) => secret(i));
      return () => unifiedDiff(text(0), text(n), { path: 'x', mask: secretMask(all) });
    },
  ],
  [
    'reporter: as many lines as secrets',
    100,
    (n) => reporting(n, secret, (i) => `key_${i} = "${secret(i)}"`),
  ],
  [
    'reporter: secrets that begin alike',
    100,
    (n) =>
      reporting(
        n,
        (i) => `sk-proj-${'x'.repeat(20)}${secret(i)}`,
        (i) => `sk-proj-${'x'.repeat(20)}${secret(i)}`,
      ),
  ],
  [
    'reporter: one long secret',
    2000,
    (n) =>
      reporting(
        1,
        () => times(n, secret),
        () => times(n, secret),
      ),
  ],
  [
    'reporter: a key of many lines',
    100,
    (n) =>
      reporting(
        1,
        () => times(n, (i) => `${secret(i)}${secret(i)}\n`),
        () => times(n, secret),
      ),
  ],
  [
    'reporter: notices',
    500,
    (n) => {
      const reporter = silent();
      return () => {
        for (let i = 0; i < n; i++) reporter.notice(`notice ${i} of ${n}`);
      };
    },
  ],
];

function silent(): Reporter {
  const nothing = () => undefined;
  const options = { json: false, quiet: false, verbose: false, live: false, version: '1' };
  return new Reporter({ ...options, stdout: nothing, stderr: nothing });
}

function reporting(n: number, secretOf: (i: number) => string, lineOf: (i: number) => string) {
  return () => {
    const reporter = silent();
    for (let i = 0; i < n; i++) reporter.protect(secretOf(i));
    for (let i = 0; i < n; i++) reporter.line(lineOf(i));
  };
}

const input = configInput(installed('2026.11.0'));

function withPlatform(text: string) {
  return {
    ...input,
    current: new Map([...input.current, [platform, text]]),
    base: new Map([...input.base, [platform, text]]),
  };
}

const config: Row[] = (
  [
    ['keys', 2000, (n) => times(n, (i) => `own_${i} = ${i}\n`)],
    ['elements', 500, (n) => times(n, (i) => `[[s]]\nname = "s${i}"\na.b = 1\n`)],
    ['elements without names', 500, (n) => times(n, (i) => `[[s]]\nno = ${i}\na.b = 1\n`)],
    ['dotted keys', 1000, (n) => times(n, (i) => `a.b.c${i} = ${i}\n`)],
    ['secrets', 1000, (n) => times(n, (i) => `password_${i} = "${secret(i)}"\n`)],
    [
      'values of a placeholder',
      200,
      (n) => times(n, (i) => `url_${i} = "https://x${i}.example.com"\n`),
    ],
  ] satisfies [string, number, (n: number) => string][]
).flatMap(([name, size, text]): Row[] => [
  [
    `config: ${name}`,
    size,
    (n, round) => {
      const own = withPlatform(`round_${round} = 1\n${text(n)}`);
      return () => [readConfig(own), secretTexts(own.templates, own.current)];
    },
  ],
  [
    `config set: ${name}`,
    size,
    (n, round) => {
      const own = withPlatform(`round_${round} = 1\n${text(n)}`);
      return () => {
        const parameter = parameterOf(own, `round_${round}`);
        return planSet(own, parameter, parameter.places, 2n);
      };
    },
  ],
  [
    `edit of TOML: ${name}`,
    size,
    (n, round) => {
      const own = `round_${round} = 1\n${text(n)}`;
      return () => [setTomlValue(own, ['new'], '1'), unsetTomlKey(own, [`round_${round}`])];
    },
  ],
  [
    `JSON schema: ${name}`,
    size,
    (n, round) => {
      const own = `round_${round} = 1\n${text(n)}`;
      return () => tomlSchema(platform, own, input.templates.release);
    },
  ],
]);

const readers: Row[] = [
  [
    'data: roles',
    2000,
    (n) => {
      const text = times(
        n,
        (i) => `ALTER ROLE "r${i}" SET a TO ${literal("'\\\n--".repeat(20))};\n`,
      );
      return () => readRoles(text);
    },
  ],
  [
    'render: placeholders',
    500,
    (n) => {
      const text = times(n, (i) => `key_${i} = "{YOUR_KEY_${i}}"\n`);
      return () => renderToml(text, platform, () => undefined);
    },
  ],
  [
    'render: values',
    500,
    (n) => {
      const text = times(n, (i) => `key_${i} = "{YOUR_KEY_${i}}"\n`);
      return () => renderToml(text, platform, (name) => name);
    },
  ],
  [
    'array with comments',
    300,
    (n, round) => {
      const text = `[ # ${round}\n${times(n, (i) => `# over ${i}\n"${i}", # at ${i}\n`)}]`;
      const wanted = Array.from({ length: n }, (_, i) => String(i % 3 === 0 ? -i : n - i));
      return () => arrayLiteral(text, wanted);
    },
  ],
  [
    'values file: unknown keys',
    300,
    (n, round) => {
      const text = `round_${round} = "1"\n${times(n, (i) => `key_${i} = "x"\n`)}`;
      return () => parseValues(text, 'values.toml', input.templates.release);
    },
  ],
  [
    'values file, JSON: unknown keys',
    300,
    (n) => {
      const text = `{${times(n, (i) => `"key_${i}": "x",\n`)}"z": "x"}`;
      return () => parseValues(text, 'values.json', input.templates.release);
    },
  ],
  [
    'JSON: positions',
    500,
    (n) => {
      const text = `{${times(n, (i) => `"key_${i}": "x",\n`)}"z": "x"}`;
      return () => {
        const parsed = parseJson(text, 'x');
        if (parsed.ok) for (let i = 0; i < n; i++) parsed.document.position([`key_${i}`]);
      };
    },
  ],
  [
    'JSON: elements',
    500,
    (n) => {
      const text = `{"a": [${times(n, (i) => `{"b": ${i}},\n`)} {}]}`;
      return () => {
        const parsed = parseJson(text, 'x');
        if (parsed.ok) for (let i = 0; i < n; i++) parsed.document.position(['a', i, 'b']);
      };
    },
  ],
  [
    'YAML: keys and positions',
    300,
    (n) => {
      const text = times(n, (i) => `key_${i}: x\n`);
      return () => {
        const parsed = parseYaml(text, 'x');
        if (!parsed.ok) throw new Error();
        for (let i = 0; i < n; i++) parsed.document.position([`key_${i}`]);
      };
    },
  ],
  [
    'YAML: faults',
    300,
    (n) => () =>
      parseYaml(
        times(n, (i) => `key_${i} x\n`),
        'x',
      ),
  ],
  [
    'override: services',
    100,
    (n) => () =>
      unknownServices(
        `services:\n${times(n, (i) => `  own-${i}:\n    image: x\n`)}`,
        `services:\n${times(n, (i) => `  s-${i}:\n    image: x\n`)}`,
      ),
  ],
  [
    'override: ports',
    200,
    (n) => () =>
      portsOf(
        reachOfServices([
          `services:\n${times(n, (i) => `  own-${i}:\n    ports: ["${i + 1000}:80"]\n`)}`,
        ]),
      ),
  ],
];

const nginx: Row[] = (
  [
    ['lines', (n) => times(n / 20, (i) => `server_name a${i}.example;\nlisten 443 ssl;\n`)],
    ['server names without an end', (n) => times(n / 20, (i) => `server_name a${i}.example\n`)],
    ['listens without an end', (n) => times(n / 20, () => 'listen 443 \n')],
    ['blank lines', (n) => '\n'.repeat(n)],
    ['blanks', (n) => `server_name ${' '.repeat(n)}`],
    ['blanks behind listen', (n) => `listen ${' '.repeat(n)}443 ${' '.repeat(n)}x`],
    ['comments', (n) => times(n / 20, (i) => `# server_name a${i}.example;\n`)],
    ['one long line', (n) => 'server_name '.repeat(n / 10)],
    ['certificates without an end', (n) => times(n / 20, () => 'ssl_certificate "\n')],
    ['open quotes', (n) => `ssl_certificate ${`"'`.repeat(n / 2)}`],
    ['users', (n) => times(n / 20, () => 'user \n\n pid \n error_log \n')],
    ['options', (n) => '--prefix='.repeat(n / 20)],
  ] satisfies [string, (n: number) => string][]
).map(
  ([name, text]): Row => [
    `nginx: ${name}`,
    10_000,
    (n) => {
      const conf = text(n);
      const build = parseBuild('');
      return () => [
        hostOfSite(conf),
        serverNamesOf(conf),
        certificateOfSite(conf),
        rivalsOf(
          { main: '/m', texts: new Map([['/m', conf]]), includes: new Map(), unreadable: [] },
          '/m',
        ),
        lineThatIncludes(conf, '/x'),
        pidFileOf(conf, build),
        errorLogOf(conf, build),
        nginxUserName(conf),
        parseBuild(conf),
      ];
    },
  ],
);

const rows = [
  ...tomlMerges,
  ...faults,
  ...yamlMerges,
  ...textMerges,
  ...secrets,
  ...config,
  ...readers,
  ...nginx,
];

/** The least of several times, in milliseconds of processor time: what else the machine does plays no part. */
function measure(grow: Grow, size: number, rounds: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round === 0 || (round < rounds && least < 3000); round++) {
    const run = grow(size, Math.random());
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

const [part = ''] = process.argv.slice(2);
let steep = 0;
for (const [name, size, grow] of rows.filter(([name]) => name.includes(part))) {
  measure(grow, size, 5);
  let [small, large] = [measure(grow, size, 10), measure(grow, size * 10, 3)];
  // What else the machine did may have made it look steep.
  if (large / small > limit)
    [small, large] = [measure(grow, size, 10), measure(grow, size * 10, 3)];
  const ratio = large / small;
  if (ratio > limit) steep += 1;
  const figures = [ratio, small, large].map((each) => each.toFixed(1).padStart(8));
  console.log(`${ratio > limit ? '✗' : ' '} ${figures.join(' ')}  ${name}`);
}
console.log(
  `${steep} of ${rows.length} rows are steeper than ${limit}. Columns: ratio, two times in ms.`,
);
process.exitCode = steep > 0 ? 1 : 0;
