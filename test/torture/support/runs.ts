import fc from 'fast-check';
import { propertyRuns } from '../../merge/support/runs.ts';

/** Inputs of all attackers of a kind together: three for each case of a property; a whole run has 100,000. */
export const inputs = Number(process.env.PROTO_TORTURE_RUNS ?? 3 * propertyRuns);

// A run can be done again with the seed that fast-check printed.
const seed = process.env.PROTO_PROPERTY_SEED;
if (seed !== undefined) fc.configureGlobal({ seed: Number(seed) });

/** An attacker's share, for `numRuns`. */
export function shareOf(attackers: number): number {
  return Math.max(1, Math.ceil(inputs / attackers));
}

/** Milliseconds after which an attacker hangs: long, since many runs are no fault. */
export const timeout = 60_000 + inputs * 50;
