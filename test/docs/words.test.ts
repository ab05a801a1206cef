import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/**
 * Plain English in everything that a person reads: help, messages, documentation, comments. The words below read as if
 * translated, and a plainer word exists for each. Matches ignore case, respect word boundaries and cross line breaks
 * only through the single space that a comment or paragraph wraps at.
 */

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The pattern of a word or phrase, and what to write instead. */
const banned: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/anew/, 'again, or a verb with re-: regenerate, recreate'],
  [/can not/, 'cannot'],
  [/mend(?:s|ed|ing)?/, 'fix, correct'],
  [/shuts? out/, 'invalidates, blocks'],
  [/a yes/, '--yes, confirmation'],
  [/a go/, 'confirmation'],
  [/go(?:es)? on as (?:it|they)/, 'continues, keeps running'],
  [/ma(?:de|kes?) good/, 'completes, repairs'],
  [/that which/, 'what, the NOUN that'],
  [/nobody|somebody|everybody/, 'name the role: the operator, all users, another command'],
  [/what is there/, 'the current NOUN'],
  [/of its own making/, 'generated'],
  [/in the place of/, 'instead of'],
  [/takes? care that/, 'ensures'],
  [/looks? whether/, 'checks whether'],
  [/(?:is|are) told/, 'the command reports'],
  [/cut short/, 'interrupted, truncated'],
  [/begun at/, 'started at'],
  [/be rid of/, 'remove, delete'],
  [/(?<!there )is no (?!longer)\w+/, 'is not a'],
  [/if it does not please/, 'if something is wrong'],
];

/** What is not searched, and why. */
const exceptions: readonly (readonly [path: RegExp, text: RegExp, reason: string])[] = [
  [/^docs\/reference\//, /./, 'generated from the sources, which are searched'],
  [/^test\//, /nobody/, 'the user of that name, and names in data'],
  [/^test\/(?:merge\/cases|releases)\//, /./, 'files as a vendor and an operator write them'],
  [
    /^src\/compose\/pg-hba\.ts$/,
    /noNetworks = /,
    'a line in installations, which an update looks for',
  ],
];

interface Finding {
  readonly line: number;
  readonly word: string;
  readonly instead: string;
}

const patterns = banned.map(
  ([pattern, instead]) =>
    [new RegExp(`(?<![\\w-])(?:${pattern.source})(?![\\w-])`, 'gi'), instead] as const,
);

/** The banned words in a text. */
function findingsIn(text: string): Finding[] {
  // A phrase can wrap in a comment: join its lines, and keep the length for the line numbers.
  const joined = text.replace(/\n[ \t]*(?:\*|\/\/|#)?(?= )/g, (wrap) => ' '.repeat(wrap.length));
  const single = joined.replace(/ {2,}/g, (gap) => ` ${'\0'.repeat(gap.length - 1)}`);
  const kept = [...single.matchAll(/[^\0]/g)].map(({ index }) => index);
  const plain = single.replaceAll('\0', '');
  return patterns.flatMap(([pattern, instead]) =>
    [...plain.matchAll(pattern)].map(({ 0: word, index }) => ({
      line: text.slice(0, kept[index]).split('\n').length,
      word,
      instead,
    })),
  );
}

/** All files that a person reads, by their paths from the project's folder. */
function readFiles(): string[] {
  const folders = ['src', 'templates', 'docs', 'scripts', 'lint', 'test'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(
      (path) => `${folder}/${path}`,
    ),
  );
  const pages = readdirSync(root).filter((name) => name.endsWith('.md'));
  return [...pages, ...folders]
    .filter((path) => /\.(?:ts|mjs|cjs|md|yml|toml|sh|py|grit)$/.test(path))
    .filter((path) => path !== 'test/docs/words.test.ts')
    .sort();
}

function breachesIn(path: string): string[] {
  const text = readFileSync(join(root, path), 'utf8');
  const lines = text.split('\n');
  return findingsIn(text)
    .filter(
      ({ line }) =>
        !exceptions.some(([file, part]) => file.test(path) && part.test(lines[line - 1] ?? '')),
    )
    .map(({ line, word, instead }) => `${path}:${line}: "${word}"; write: ${instead}`);
}

describe('the words', () => {
  const files = readFiles();

  it('are plain in everything that a person reads', () => {
    expect(files.flatMap(breachesIn)).toEqual([]);
  });

  it.each([
    ['makes a secret anew', 'anew'],
    ['The file can not be read.', 'can not'],
    ['Mend what they name', 'Mend'],
    ['  // what is\n  // there is kept', 'what is there'],
    ['/**\n * It is made for\n * nobody.\n */', 'nobody'],
    ['it is no number', 'is no number'],
  ])('are found in %j', (text, word) => {
    expect(findingsIn(text).map((finding) => finding.word)).toContain(word);
  });

  it.each(['amend', 'recommend', 'a good reason', 'cannot', 'there is no file', 'is no longer'])(
    'are not found in %j',
    (text) => {
      expect(findingsIn(text)).toEqual([]);
    },
  );

  it('are found with their line', () => {
    expect(findingsIn('one\ntwo\n// it can not\n')).toMatchObject([{ line: 3, word: 'can not' }]);
  });
});
