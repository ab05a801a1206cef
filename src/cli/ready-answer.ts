import { basename } from 'node:path';
import { isSea } from 'node:sea';
import { ownFile } from '../lib/fs/own-file.ts';

/** How wide help is that was made at build time: as commander makes it where stdout is no terminal. */
export const readyWidth = 80;

/**
 * What `--version`, `--help` and `COMMAND --help` print, as answers.ts has made it at build time.
 * @returns undefined where the program has to say it: for all other words, and in a terminal of another width
 */
export function readyAnswer(
  argv: readonly string[],
  stdout: { readonly isTTY?: boolean; readonly columns?: number },
): string | undefined {
  const words = argv.slice(2).map((word) => (word === '-h' ? '--help' : word));
  if (words.at(-1) !== '--help' && words.at(-1) !== '--version') return undefined;
  if (stdout.isTTY === true && stdout.columns !== readyWidth) return undefined;
  if (isCredentialHelper(argv)) return undefined;
  // A space within a word makes no two of it.
  if (words.some((word) => word.includes(' '))) return undefined;
  try {
    const answers: Record<string, string> = JSON.parse(ownFile('answers.json'));
    return answers[words.join(' ')];
  } catch {
    // A damaged file is no reason not to answer.
    return undefined;
  }
}

/** Whether Docker has called us as its credential helper: by a link of that name. */
export function isCredentialHelper(argv: readonly string[]): boolean {
  // The executable's argv[1] is the file itself, whatever the link's name that it was called by.
  const calledBy = isSea() ? process.argv0 : argv[1];
  return basename(calledBy ?? '') === 'docker-credential-proto-scaffold';
}
