import type { KeyPath } from '../result.ts';
import { type Plain, type PlainEntries, samePlain } from './plain.ts';
import type { Sides } from './sides.ts';

/**
 * The merge of the plain values alone, which a spliced result must equal. Written apart from the
 * code that decides about the text, so that an error in one of them shows.
 *
 * @param annotated has the operator written comments into the value at a path (`inside`), or into
 *   the value or around its key (`around`), that would go with a change of the vendor's?
 */
export function mergePlain(
  sides: Sides<Plain>,
  theirs: boolean,
  annotated: (path: KeyPath, where: 'inside' | 'around') => boolean,
): Plain | undefined {
  return merge(sides.base, sides.current, sides.incoming, []);

  function merge(
    base: Plain | undefined,
    current: Plain | undefined,
    incoming: Plain | undefined,
    path: KeyPath,
  ): Plain | undefined {
    if (hasEntries(current) && hasEntries(incoming) && current.kind === incoming.kind) {
      const old = hasEntries(base) && base.kind === current.kind ? base : undefined;
      const entries = new Map<string, Plain>();
      for (const key of new Set([...current.entries.keys(), ...incoming.entries.keys()])) {
        const value = merge(
          old?.entries.get(key),
          current.entries.get(key),
          incoming.entries.get(key),
          [...path, key],
        );
        if (value !== undefined) entries.set(key, value);
      }
      return {
        kind: current.kind,
        mark: mergeMark(base?.mark ?? '', current.mark, incoming.mark),
        entries,
      };
    }
    if (samePlain(current, incoming) || samePlain(base, incoming)) return current;
    const where = incoming === undefined ? 'around' : 'inside';
    if (samePlain(base, current) && !(current !== undefined && annotated(path, where)))
      return incoming;
    return theirs ? incoming : current;
  }

  function mergeMark(base: string, current: string, incoming: string): string {
    if (base === incoming) return current;
    return base === current || theirs ? incoming : current;
  }
}

function hasEntries(plain: Plain | undefined): plain is PlainEntries {
  return plain?.kind === 'map' || plain?.kind === 'list';
}
