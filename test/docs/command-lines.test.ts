import { describe, expect, it } from 'vitest';
import { releaseTree } from '../../src/cli/release-tree.ts';
import { blocksOf, callsIn, commandOf, docsPages, readPage, spansOf, tree } from './pages.ts';

/** Every command line and flag that a page names is one of the program's: a renamed flag fails here. */

const pages = [...docsPages(), 'README.md', 'SECURITY.md', 'CONTRIBUTING.md'].filter(
  // A record tells what was, and a generated page is made from the tree.
  (path) => !/^docs\/(decisions|reference)\//.test(path),
);

const nowhere = { write() {} };

/** Flags of other programs that pages name by themselves. */
const foreignFlags = ['--no-opt', '--coverage', '--all', '--commit', '--engine', '--minutes'];

function callsOf(page: string): string[][] {
  const text = readPage(page);
  const lines = blocksOf(text)
    .filter(({ language }) => language === 'sh' || language === 'console')
    .flatMap((block) => block.lines.map(commandOf));
  return [...lines, ...spansOf(text)].flatMap(callsIn);
}

async function parse(words: readonly string[]): Promise<void> {
  if (words.length === 0 || words.some((word) => /^(--help|--version|-h)$/.test(word))) return;
  await tree().parseAsync(words, { from: 'user' });
}

describe.each(pages)('%s', (page) => {
  it('names only command lines that the program accepts', async () => {
    for (const words of callsOf(page)) {
      const told = await parse(words).then(
        () => '',
        (error: Error) => error.message,
      );
      expect([words.join(' '), told]).toEqual([words.join(' '), '']);
    }
  });

  it('names only flags that a command has', () => {
    const trees = [
      tree(),
      releaseTree('', () => async () => {}, { stdout: nowhere, stderr: nowhere }),
    ];
    const known = new Set(trees.flatMap(({ commands }) => commands.flatMap(flagsBelow)));
    const alone = spansOf(readPage(page)).flatMap((span) => /^(--[a-z-]+)/.exec(span)?.[1] ?? []);
    const unknown = alone.filter((flag) => !known.has(flag) && !foreignFlags.includes(flag));
    expect(unknown).toEqual([]);
  });
});

function flagsBelow(command: ReturnType<typeof tree>): string[] {
  return [
    '--help',
    '--version',
    ...command.options.map(({ long }) => long ?? ''),
    ...command.commands.flatMap(flagsBelow),
  ];
}

describe('the tutorial and the guides', () => {
  it('name a command line at all: a reader that finds none proves nothing', () => {
    expect(pages.flatMap(callsOf).length).toBeGreaterThan(100);
  });

  it('fail where a flag is not one of the program', async () => {
    await expect(parse(['update', '--no-such-flag'])).rejects.toThrow('unknown option');
    await expect(parse(['no-such-command'])).rejects.toThrow();
  });
});
