/** How many cases a property is tried with. */
export const propertyRuns = Number(process.env.PROTO_PROPERTY_RUNS ?? 300);
