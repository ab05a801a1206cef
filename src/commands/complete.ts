import { type Complete, RootCommand, ShellCompDirective } from '@bomb.sh/tab';
import { offersFor } from '../cli/offer-words.ts';
import type { Context } from '../context.ts';
import { ExitCode } from '../errors.ts';
import { type CommandShape, flagIn, shapeFor, type Taken } from '../lib/terminal/command-shape.ts';

/** What the shell itself completes best. */
const files = new Set(['file', 'dir']);

/**
 * Prints how a command line may go on, for the scripts of `completion`: a word a line, with what it is behind a tab,
 * and a directive at the end. Asks nobody, prints no value, and never fails.
 * @param words what was typed behind the program's name; the last is the one to be completed, and may be empty
 */
export async function complete(
  context: Context,
  shapes: readonly CommandShape[],
  words: readonly string[],
): Promise<number> {
  const shape = shapeFor(shapes, words.slice(0, -1));
  const taken = [
    ...(shape?.takes ?? []),
    ...(shape?.flags ?? []).flatMap(({ takes }) => takes ?? []),
  ];
  const dir = flagIn(words, '--dir');
  const offers = new Map(
    await Promise.all(
      [...new Set(taken.map(({ name }) => name))].map(
        async (name) => [name, await offersFor(name, context, dir)] as const,
      ),
    ),
  );
  const tree = new RootCommand();
  let completesFiles = false;
  // The library has files completed nowhere.
  Object.defineProperty(tree, 'directive', {
    get: () =>
      completesFiles
        ? ShellCompDirective.ShellCompDirectiveDefault
        : ShellCompDirective.ShellCompDirectiveNoFileComp,
    set: () => {},
  });
  const handler = ({ name, choices }: Taken) => {
    return (give: Complete) => {
      completesFiles = files.has(name);
      for (const choice of choices) give(choice, '');
      for (const { word, about } of offers.get(name) ?? []) give(word, about);
    };
  };
  for (const { path, about, flags, takes } of shapes) {
    const command = path === '' ? tree : tree.command(path, about);
    for (const { long, short, about, takes } of flags) {
      const [name, letter] = [long.slice(2), short?.slice(1)];
      if (takes === undefined) command.option(name, about, letter);
      else command.option(name, about, handler(takes), letter);
    }
    for (const each of takes) command.argument(each.name, handler(each), each.variadic);
  }
  // The library knows --flag=value at the end of a line alone.
  tree.parse([...words.slice(0, -1).flatMap(apart), ...words.slice(-1)]);
  return ExitCode.done;
}

function apart(word: string): string[] {
  const [, flag, value] = /^(--[\w-]+)=(.*)$/s.exec(word) ?? [];
  return flag === undefined || value === undefined ? [word] : [flag, value];
}
