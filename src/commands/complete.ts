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

/** A word that a command line may go on with. */
export interface Offer {
  readonly word: string;
  readonly about: string;
}

type Source = (context: Context, dir: string | undefined) => Promise<Offer[]>;

/** By the name of what a command or a flag takes. */
const sources: ReadonlyMap<string, Source> = new Map([
  ['id', async () => checks.map(({ id, title }) => ({ word: id, about: title }))],
  ['service', services],
  ['state', states],
  ['key', keys],
  ['config-file', configFileNames],
]);

/**
 * What can be offered for something, by its name; nothing where there is no installation, or where it can not be
 * read: whoever presses the tab key wants no failure. Nobody is asked but the disk.
 */
export async function offersFor(
  name: string,
  context: Context,
  dir: string | undefined,
): Promise<Offer[]> {
  const source = sources.get(name);
  const offers = await source?.(context, dir).catch(() => []);
  // What would have to be quoted is left to be typed: no shell gets a character that means something to it.
  return (offers ?? []).filter(({ word }) => /^[\w.-]+$/.test(word));
}

async function services(context: Context, dir: string | undefined): Promise<Offer[]> {
  const { images } = await readLock(await findInstallation(context, dir));
  return Object.entries(images).map(([word, { tag }]) => ({ word, about: tag }));
}

async function states(context: Context, dir: string | undefined): Promise<Offer[]> {
  const entries = await listHistory(await findInstallation(context, dir));
  return entries
    .toReversed()
    .flatMap(({ n, state }) =>
      state === undefined ? [] : [{ word: String(n), about: `before ${state.why}` }],
    );
}

async function configTexts(context: Context, dir: string | undefined) {
  const folder = await findInstallation(context, dir);
  const base = [...(await readBase(folder))].filter(
    ([path]) => path.startsWith(`${configFolder}/`) && path.endsWith('.toml'),
  );
  return { folder, base };
}

async function keys(context: Context, dir: string | undefined): Promise<Offer[]> {
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

async function configFileNames(context: Context, dir: string | undefined): Promise<Offer[]> {
  const { base } = await configTexts(context, dir);
  return base.map(([path]) => ({ word: path.slice(configFolder.length + 1), about: '' }));
}
