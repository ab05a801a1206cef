const count = Number(process.env.PROTO_PROPERTY_RUNS ?? 300);
const seed = process.env.PROTO_PROPERTY_SEED;

/** How often a property is tried; a failure prints its seed, PROTO_PROPERTY_SEED repeats one. */
export const runs = { numRuns: count, ...(seed !== undefined && { seed: Number(seed) }) };

/** Milliseconds after which a property is taken to hang: long, since many runs are no fault. */
export const timeout = 60_000 + count * 100;
