/**
 * Times one merge of a large file, to see that it grows with the file and not with its square:
 * `npx tsx test/merge/bench.ts`. A ratio near 10 is linear, one near 100 is quadratic.
 */
import { mergeToml } from '../../src/merge/merge-toml.ts';

interface Shape {
  readonly name: string;
  readonly text: (
    count: number,
    value: (n: number) => string,
    extra: (n: number) => string,
  ) => string;
}

const shapes: readonly Shape[] = [
  {
    name: 'keys of one table',
    text: (count, value, extra) =>
      lines(count, (n) => `# Key ${n}.\nkey_${n} = ${value(n)} # unit\n${extra(n)}`),
  },
  {
    name: 'tables',
    text: (count, value, extra) =>
      lines(
        count / 2,
        (n) => `# Table ${n}.\n[t${n}]\nkey = ${value(n)}\n${extra(n)}other = 1\n\n`,
      ),
  },
  {
    name: 'array of tables',
    text: (count, value, extra) =>
      lines(count / 2, (n) => `[[s]]\nname = "s${n}"\nkey = ${value(n)}\n${extra(n)}`),
  },
  {
    name: 'array of tables without names',
    text: (count, value, extra) =>
      lines(count / 2, (n) => `[[s]]\nno = ${n}\nkey = ${value(n)}\n${extra(n)}`),
  },
  {
    name: 'one inline table',
    text: (count, value) => `t = { ${lines(count, (n) => `k${n} = ${value(n)}, `)}last = 1 }\n`,
  },
  {
    name: 'notes',
    text: (count, value, extra) =>
      lines(count, (n) => `# Note ${n} ${value(n)}.\n\nkey_${n} = 1\n${extra(n)}`),
  },
];

function lines(count: number, line: (n: number) => string): string {
  return Array.from({ length: count }, (_, n) => line(n)).join('');
}

/** The fastest of several runs, in milliseconds. */
function time(shape: Shape, count: number): number {
  const base = shape.text(
    count,
    () => '0',
    () => '',
  );
  const current = shape.text(
    count,
    (n) => (n % 3 === 0 ? '9' : '0'),
    (n) => (n % 5 === 0 ? `own_${n} = 1\n` : ''),
  );
  const incoming = shape.text(
    count,
    (n) => (n % 2 === 0 ? '5' : '0'),
    (n) => (n % 4 === 0 ? `new_${n} = 1\n` : ''),
  );
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 5; run++) {
    // Other texts each time: what was parsed last is kept.
    const mark = `# round ${run}\n`;
    const texts = [base, current, incoming].map((text) => mark + text) as [string, string, string];
    const start = performance.now();
    const result = mergeToml(...texts, { onConflict: 'ours' });
    best = Math.min(best, performance.now() - start);
    if (result.kind !== 'merged') throw new Error(JSON.stringify(result).slice(0, 200));
  }
  return best;
}

for (const shape of shapes) {
  time(shape, 1_000);
  const [small, large] = [time(shape, 1_000), time(shape, 10_000)];
  const figures = `${small.toFixed(1)} ms, ${large.toFixed(1)} ms, ratio ${(large / small).toFixed(1)}`;
  console.log(`${shape.name}: ${figures}`);
}
