import { parseArgs } from 'node:util';
import { pushActions } from './access.ts';
import { exampleKey, startRegistry } from './index.ts';

/**
 * `npx tsx test/support/registry/serve.ts [--port N] [--seed] [--release VERSION] [--push]`
 *
 * Serves until SIGTERM or SIGINT. Prints one line of JSON when it is ready: where it listens, and
 * the digests of what was seeded. `--push` gives the example key the right to push.
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    seed: { type: 'boolean', default: false },
    release: { type: 'string', default: '2026.11.0' },
    push: { type: 'boolean', default: false },
  },
});

const key = values.push ? { ...exampleKey, permissions: pushActions } : exampleKey;
const registry = await startRegistry({ port: Number(values.port), keys: [key] });
const release = values.seed ? await registry.seedRelease({ version: values.release }) : undefined;
const { url, endpoint, registryHost, proxyEndpoint, accountId, region } = registry;
console.log(
  JSON.stringify({ url, endpoint, registryHost, proxyEndpoint, accountId, region, release }),
);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, async () => {
    await registry.close();
  });
}
