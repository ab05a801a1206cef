import fc from 'fast-check';

/** How many cases a property is tried with; CI asks for more. */
export const propertyRuns = Number(process.env.PROTO_PROPERTY_RUNS ?? 100);

// A run can be done again with the seed that fast-check printed.
const seed = process.env.PROTO_PROPERTY_SEED;
if (seed !== undefined) fc.configureGlobal({ seed: Number(seed) });

/** For `fc.assert`. */
export const runs = { numRuns: propertyRuns };

/** Milliseconds after which a property is taken to hang: long, since many runs are no fault. */
export const timeout = 60_000 + propertyRuns * 100;
