import fc from 'fast-check';

/** Inputs of all attackers of a kind together; a whole run has 100,000. */
export const inputs = Number(process.env.PROTO_TORTURE_RUNS ?? 900);

// A run can be done again with the seed that fast-check printed.
const seed = process.env.PROTO_PROPERTY_SEED;
if (seed !== undefined) fc.configureGlobal({ seed: Number(seed) });

/** An attacker's share, for `numRuns`. */
export function shareOf(attackers: number): number {
  return Math.max(1, Math.ceil(inputs / attackers));
}

/** Milliseconds after which an attacker hangs: long, since many runs are no fault. */
export const timeout = 60_000 + inputs * 50;
