import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { commandTree } from '../../src/cli/tree.ts';

/** The Markdown pages of the project, as far as tests look at them. */

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Block {
  /** `sh`, `console`, `toml` … */
  readonly language: string;
  /** What follows the language: the file that the block is the content of. */
  readonly file: string;
  readonly lines: readonly string[];
  /** The heading that it stands under. */
  readonly heading: string;
}

/** @param path from the project's folder */
export function readPage(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** Every page below docs/, by its path from the project's folder. */
export function docsPages(): string[] {
  return readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => `docs/${path}`)
    .sort();
}

export function blocksOf(text: string): Block[] {
  return [...text.matchAll(/^```(\S*) ?(.*)\n([\s\S]*?)^```$/gm)].map(
    ({ index, 1: language = '', 2: file = '', 3: body = '' }) => {
      const before = withoutBlocks(text.slice(0, index));
      return {
        language,
        file,
        lines: body.split('\n').filter((line) => line.trim() !== ''),
        heading: [...before.matchAll(/^#+ (.*)$/gm)].at(-1)?.[1] ?? '',
      };
    },
  );
}

export function withoutBlocks(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '');
}

/** What is written as code within a sentence or a table. */
export function spansOf(text: string): string[] {
  return [...withoutBlocks(text).matchAll(/`([^`\n]+)`/g)].map(([, span = '']) =>
    span.replaceAll('\\|', '|'),
  );
}

/** The command line of a block's line: no prompt, no comment. */
export function commandOf(line: string): string {
  return line.replace(/^\$ /, '').replace(/\s+# .*$/, '');
}

/** The words of each call of proto-scaffold in a command line, without the program's name. */
export function callsIn(command: string): string[][] {
  const calls: string[][] = [];
  for (const part of command.split(/ \| | && |; |\$\(|<\(/)) {
    const words = [...part.matchAll(/"([^"]*)"|'([^']*)'|([^\s"']+)/g)].map(
      ([, double, single, bare]) => double ?? single ?? bare ?? '',
    );
    const at = words.findIndex((word) => /^(\S*\/)?proto-scaffold(-linux-x64)?$/.test(word));
    // Before it, only sudo with its flags: `man proto-scaffold` is not a call.
    const isCall = words.slice(0, at).every((word) => /^(sudo|-.*)$/.test(word));
    if (at !== -1 && isCall) {
      const end = words.findIndex((word) => /^[<>)]/.test(word));
      calls.push(words.slice(at + 1, end === -1 ? undefined : end));
    }
  }
  return calls;
}

/** The program's own tree, with actions that do nothing. */
export function tree(): Command {
  return commandTree('', () => async () => {});
}

/** The command that words call, and how many words are its name. */
export function findCommand(words: readonly string[]): { command: Command; length: number } {
  let command = tree();
  let length = 0;
  for (;;) {
    const next = command.commands.find((each) => each.name() === words[length]);
    if (next === undefined) return { command, length };
    command = next;
    length += 1;
  }
}
