import { describe, expect, it } from 'vitest';
import { findParameter } from '../src/config/find-parameter.ts';
import { readConfig } from '../src/config/parameters.ts';
import { parseJson } from '../src/lib/text/json-document.ts';
import { parseYaml } from '../src/lib/text/yaml-document.ts';
import { mergeToml } from '../src/merge/merge-toml.ts';
import { mergeYaml } from '../src/merge/merge-yaml.ts';
import { renderToml } from '../src/render/render-toml.ts';
import { parseToml } from '../src/toml/parse-toml.ts';
import { secretTexts } from '../src/values/secret-texts.ts';
import { parseValues } from '../src/values/values.ts';
import { configInput, platform } from './support/config-input.ts';
import { installed } from './support/releases.ts';

// With an algorithm whose time grows with the square of its input, each of these exceeds the time limit of a test.
// `npm run growth` measures the growth of these and of all others.

const input = configInput(installed('2026.11.0'));
const ours = { onConflict: 'ours' } as const;

function times(count: number, line: (n: number) => string): string {
  return Array.from({ length: count }, (_, n) => line(n)).join('');
}

describe('a configuration', () => {
  it('may have thousands of elements', () => {
    const text = times(6000, (n) => `[[s]]\nname = "s${n}"\na.b = 1\n`);
    const config = readConfig({ ...input, current: new Map([...input.current, [platform, text]]) });
    expect(findParameter(config, ['s', 's5999', 'a', 'b'])?.key).toBe('s.s5999.a.b');
  });

  it('may be broken by a line of blanks that begins like a secret', () => {
    const blanks = ' '.repeat(400_000);
    const text = `password${blanks}hidden-word${blanks}x\n`;
    const files = new Map([[platform, text]]);
    expect(secretTexts(input.templates, files)).toContain(`hidden-word${blanks}x`);
  });

  it('may have thousands of placeholders', () => {
    const text = times(10_000, (n) => `# Key\nkey_${n} = "{YOUR_KEY_${n}}"\n`);
    const { open } = renderToml(text, platform, () => undefined);
    expect(open.at(-1)).toMatchObject({ key: 'key_9999', line: 20_000 });
  });
});

describe('a values file', () => {
  it('may have thousands of unknown sections', () => {
    const parsed = parseValues(
      times(12_000, (n) => `[s${n}]\n`),
      'v.toml',
      input.templates.release,
    );
    expect(parsed.ok || parsed.faults.at(-1)).toMatchObject({ key: 's11999', line: 12_000 });
  });
});

describe('a merge of TOML', () => {
  const merged = (...sides: [string, string, string]) => {
    const result = mergeToml(...sides, ours);
    return result.kind === 'merged' ? result.text : result;
  };

  it('may have a note of thousands of lines', () => {
    const text = (word: string) => `a = 1\n\n${times(20_000, (n) => `# ${n} ${word}\n`)}\nb = 1\n`;
    const [base, incoming] = [text('old'), text('new')];
    expect(merged(base, base.replace('a = 1', 'a = 2'), incoming)).toBe(
      incoming.replace('a = 1', 'a = 2'),
    );
  });

  it('may have thousands of changed notes in one place', () => {
    const text = (word: string) => `a = 1\n\n${times(20_000, (n) => `# ${word} ${n}\n\n`)}b = 1\n`;
    const [base, incoming] = [text('old'), text('new')];
    expect(merged(base, base.replace('a = 1', 'a = 2'), incoming)).toBe(
      incoming.replace('a = 1', 'a = 2'),
    );
  });

  it('matches notes by the lines that few of them have', () => {
    const note = (n: number, word: string) => `# ----\n# Part ${n}\n# ${word}\n# ----\n\n`;
    const text = (order: readonly number[], word: string) =>
      `a = 1\n\n${order.map((n) => note(n, word)).join('')}b = 1\n`;
    const order = Array.from({ length: 40 }, (_, n) => n);
    const base = text(order, 'old');
    const current = base.replace('# Part 7\n', '# Part 7\n# mine\n');
    const incoming = text([...order].reverse(), 'new');
    const result = merged(base, current, incoming);
    expect(result).toContain('# Part 7\n# mine\n# old\n');
    expect(result).not.toContain('# Part 7\n# new\n');
    expect(result).toContain('# Part 8\n# new\n');
  });
});

describe('a merge of YAML', () => {
  it('may have thousands of comment lines in a value that the vendor changes', () => {
    const notes = Array.from({ length: 60_000 }, (_, n) => `        # ${n}\n`);
    const text = (command: string, other: string) =>
      `services:\n  a:\n    image: x\n    command:\n${command}    user: ${other}\n`;
    const result = mergeYaml(
      text(`${notes.join('')}      - a\n`, '1'),
      text(`${[...notes].reverse().join('')}      - a\n`, '2'),
      text('      - b\n', '1'),
      ours,
    );
    expect(result).toMatchObject({ kind: 'merged', from: 'both' });
  });
});

describe('a document', () => {
  const keys = 30_000;

  it('of JSON knows the position of each of thousands of keys', () => {
    const parsed = parseJson(`{${times(2 * keys, (n) => `"k${n}": 1,\n`)}"z": 1}`, 'x');
    if (!parsed.ok) throw new Error();
    for (let n = 0; n < 2 * keys; n++) {
      expect(parsed.document.position([`k${n}`]).line).toBe(n + 1);
    }
  });

  it('of YAML knows the position of each of thousands of keys', () => {
    const parsed = parseYaml(
      times(keys, (n) => `k${n}: 1\n`),
      'x',
    );
    if (!parsed.ok) throw new Error();
    for (let n = 0; n < keys; n++) {
      expect(parsed.document.position([`k${n}`])).toEqual({ line: n + 1, column: 1 });
    }
  });

  it('of YAML names every duplicate key', () => {
    const parsed = parseYaml('a: 1\nb:\n  c: 1\n  c: 2\na: 2\n', 'x');
    const message = 'Map keys must be unique';
    expect(parsed).toEqual({
      ok: false,
      faults: [
        { file: 'x', line: 5, column: 1, message },
        { file: 'x', line: 4, column: 3, message },
      ],
    });
  });

  it.each([
    ['keys in a row', `a: [${'b c: d e: '.repeat(20_000)}]\n`],
    ['carriage returns', `a: 1${'\r'.repeat(900_000)}b: 1\n`],
  ])('of YAML may be broken by %s', (_, text) => {
    expect(parseYaml(text, 'x').ok).toBe(false);
  });

  it('of TOML may have a list with a comment in every value of an inline table', () => {
    const parsed = parseToml(`t = { ${times(12_000, (n) => `k${n} = [ # ${n}\n1], `)}z = 1 }\n`);
    const [first] = parsed.ok ? parsed.document.entries : [];
    expect(first?.pair.innerComments).toEqual(['# 0']);
  });
});
