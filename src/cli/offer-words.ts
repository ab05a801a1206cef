import { checks } from '../checks/index.ts';
import { knownKeys } from '../config/known-keys.ts';
import type { Context } from '../context.ts';
import { findInstallation } from '../installation/find-installation.ts';
import { readBase, readCurrent, readLock } from '../installation/open-installation.ts';
import { listHistory } from '../transaction/history.ts';
import { configFolder } from '../transaction/layout.ts';

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
