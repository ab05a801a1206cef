import { UserError } from '../errors.ts';

/** What is known of a state before it is read; `state` is absent where it is damaged. */
export interface ListedState {
  readonly n: number;
  readonly state?: { readonly kind: 'release' | 'config' };
}

/**
 * The state that `rollback [n]` means: without a number the one before the newest change of release.
 * @param states the oldest first
 * @throws UserError STATE_UNKNOWN
 */
export function chooseState(states: readonly ListedState[], n: number | undefined): number {
  if (states.length === 0) {
    throw new UserError(
      'STATE_UNKNOWN',
      'There is no earlier state: nothing was changed since init.',
      {
        hint: 'A state is kept by every update, rollback and `config set`.',
      },
    );
  }
  if (n === undefined) {
    const newest = states.findLast(({ state }) => state?.kind === 'release');
    if (newest !== undefined) return newest.n;
    throw new UserError(
      'STATE_UNKNOWN',
      'No update was made since init, only settings were changed.',
      {
        hint: 'Name a state to go back to: `proto-scaffold history` lists them.',
      },
    );
  }
  if (states.some((state) => state.n === n)) return n;
  const known = states.map((state) => state.n).join(', ');
  throw new UserError('STATE_UNKNOWN', `There is no state ${n}; there are ${known}.`);
}
