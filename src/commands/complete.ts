import { type Complete, RootCommand, ShellCompDirective } from '@bomb.sh/tab';
import { checks } from '../checks/index.ts';
import { knownKeys } from '../config/find-parameter.ts';
import type { Context } from '../context.ts';
import { ExitCode } from '../errors.ts';
import { findInstallation } from '../installation/find-installation.ts';
import { readBase, readCurrent, readLock } from '../installation/read-installation.ts';
import { type CommandShape, flagIn, shapeFor, type Taken } from '../lib/terminal/command-shape.ts';
import { configFolder } from '../release/layout.ts';
import { listHistory } from '../transaction/history.ts';

/** Names of arguments that the shell completes itself. */
const files = new Set(['file', 'dir']);

/**
 * Prints the possible completions for the scripts of `completion`: one word per line, with a description after a tab,
 * and a directive at the end. Contacts no server, prints no values, and never fails.
 * @param words the words after the program name; the last is the one to complete, and may be empty
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
        async (name) => [name, await completionsFor(name, context, dir)] as const,
      ),
    ),
  );
  const tree = new RootCommand();
  let completesFiles = false;
  // The library never completes files.
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
  // The library supports --flag=value only at the end of a line.
  tree.parse([...words.slice(0, -1).flatMap(splitFlag), ...words.slice(-1)]);
  return ExitCode.done;
}

function splitFlag(word: string): string[] {
  const [, flag, value] = /^(--[\w-]+)=(.*)$/s.exec(word) ?? [];
  return flag === undefined || value === undefined ? [word] : [flag, value];
}

/** A possible completion. */
export interface Completion {
  readonly word: string;
  readonly about: string;
}

type Source = (context: Context, dir: string | undefined) => Promise<Completion[]>;

/** Completion sources by the name of the argument or option value. */
const sources: ReadonlyMap<string, Source> = new Map([
  ['id', async () => checks.map(({ id, title }) => ({ word: id, about: title }))],
  ['service', services],
  ['state', states],
  ['key', keys],
  ['config-file', configFileNames],
]);

/**
 * Returns the completions for an argument by its name. Returns none if there is no installation or it cannot be
 * read, because Tab must never show an error. Reads only from the disk.
 */
export async function completionsFor(
  name: string,
  context: Context,
  dir: string | undefined,
): Promise<Completion[]> {
  const source = sources.get(name);
  const offers = await source?.(context, dir).catch(() => []);
  // Words that need quoting are not offered, so that no shell receives a special character.
  return (offers ?? []).filter(({ word }) => /^[\w.-]+$/.test(word));
}

async function services(context: Context, dir: string | undefined): Promise<Completion[]> {
  const { images } = await readLock(await findInstallation(context, dir));
  return Object.entries(images).map(([word, { tag, version }]) => ({
    word,
    about: version ?? tag ?? '',
  }));
}

async function states(context: Context, dir: string | undefined): Promise<Completion[]> {
  const entries = await listHistory(await findInstallation(context, dir));
  return entries
    .toReversed()
    .flatMap(({ n, state }) =>
      state === undefined ? [] : [{ word: String(n), about: `before ${state.why}` }],
    );
}

async function configTexts(context: Context, dir: string | undefined) {
  const folder = await findInstallation(context, dir);
  const base = [...(await readBase(folder, await readLock(folder))).base].filter(
    ([path]) => path.startsWith(`${configFolder}/`) && path.endsWith('.toml'),
  );
  return { folder, base };
}

async function keys(context: Context, dir: string | undefined): Promise<Completion[]> {
  const { folder, base } = await configTexts(context, dir);
  const current = await readCurrent(
    folder,
    base.map(([path]) => path),
  ).catch(() => new Map<string, { text: string }>());
  const known = knownKeys(
    base.map(([, text]) => text),
    [...current.values()].map(({ text }) => text),
  );
  return [...known].map(([word, about]) => ({ word, about }));
}

async function configFileNames(context: Context, dir: string | undefined): Promise<Completion[]> {
  const { base } = await configTexts(context, dir);
  return base.map(([path]) => ({ word: path.slice(configFolder.length + 1), about: '' }));
}
