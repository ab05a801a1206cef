import type { KeyPath } from '../merge/result.ts';
import type { Release } from './release.ts';

/** The keys that a release renamed. A release lists the renames of those before it, too, so they form chains. */

type Renames = Pick<Release, 'renames'>;

/** The renames of one file, each to the name that the key has in the end: a → b and b → c make a → c, too. */
export function renamesOf(file: string, { renames }: Renames): { from: KeyPath; to: KeyPath }[] {
  const own = renames.filter((rename) => rename.file === file);
  const last = (name: string, seen: readonly string[]): string => {
    const next = own.find(({ from }) => from === name)?.to;
    return next === undefined || seen.includes(next) ? name : last(next, [...seen, next]);
  };
  return own.map(({ from }) => ({ from: from.split('.'), to: last(from, [from]).split('.') }));
}

/** The names that a key may have in a file: its own, and those it had before. */
export function namesOf(file: string, key: readonly string[], release: Renames): string[][] {
  const name = key.join('.');
  const former = renamesOf(file, release).filter(({ to }) => to.join('.') === name);
  return [[...key], ...former.map(({ from }) => from.map(String))];
}
