import { UserError } from '../errors.ts';
import type { Lock } from './lock.ts';

/** A state from which bundles can be had: which folders lie in it, and what its lock file says of them. */
export interface BundleKeeper {
  readonly n: number;
  readonly lock: Lock;
  readonly folders: readonly string[];
}

/** Where the static bundle of a folder lies: still in its place, or in the state of that number. */
export type BundleSource = { readonly folder: string; readonly from: 'here' | number };

/**
 * Where the static bundles of an earlier state are to be had, if they are not those of now. A change that replaces a
 * bundle moves it to the state that it ends, so it lies in the first state from then on that has one.
 * @param states that state and all later ones, in order
 * @throws UserError STATE_DAMAGED where a bundle is no longer kept
 */
export function bundleSources(
  target: { readonly n: number; readonly lock: Lock },
  states: readonly BundleKeeper[],
  now: Lock,
): BundleSource[] {
  return Object.entries(target.lock.bundles).map(([name, { folder, digest }]): BundleSource => {
    if (bundleIn(now, folder) === digest) return { folder, from: 'here' };
    const keeper = states.find(({ folders }) => folders.includes(folder));
    if (keeper !== undefined && bundleIn(keeper.lock, folder) === digest) {
      return { folder, from: keeper.n };
    }
    const message = `The static bundle ${name} of state ${target.n} is no longer kept.`;
    throw new UserError('STATE_DAMAGED', message);
  });
}

/** The digest of the bundle that a lock file has in a folder. */
function bundleIn({ bundles }: Lock, folder: string): string | undefined {
  return Object.values(bundles).find((bundle) => bundle.folder === folder)?.digest;
}
