import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

/**
 * Tiers by what they need: nothing but Node; programs of the host (docker's CLI, openssl, tmux …); the same and some time; the
 * executable, which has a few tests of its own; a Docker Engine; programs of others that Go builds once. scripts/test.mjs says which of them can run here.
 */
const tiers = ['host', 'slow', 'executable', 'engine', 'peers'];
const dist = 'test/support/setup/dist.ts';
const environment = 'test/support/setup/environment.ts';

function tier(
  name: string,
  more: TestProjectInlineConfiguration['test'] = {},
): TestProjectInlineConfiguration {
  return {
    test: {
      name,
      include: [`test/**/*.${name}.test.ts`],
      globalSetup: dist,
      setupFiles: environment,
      testTimeout: 60_000,
      hookTimeout: 60_000,
      ...more,
    },
  };
}

export default defineConfig({
  test: {
    // Vitest itself leaves one processor out: of two that is half.
    maxWorkers: '100%',
    coverage: {
      provider: 'v8',
      include: ['src/**'],
      reporter: ['text-summary', 'text'],
      reportOnFailure: true,
    },
    projects: [
      tier('unit', {
        include: ['test/**/*.test.ts'],
        exclude: [`test/**/*.{${tiers.join()}}.test.ts`],
      }),
      tier('host'),
      tier('slow', { testTimeout: 240_000, hookTimeout: 240_000 }),
      tier('peers', { testTimeout: 240_000, hookTimeout: 240_000 }),
      tier('executable', {
        globalSetup: [dist, 'test/support/setup/executable.ts'],
        env: { PROTO_TEST_PROGRAM: 'dist/proto-scaffold-linux-x64' },
      }),
      tier('engine', {
        globalSetup: [dist, 'test/support/engine/global-setup.ts'],
        setupFiles: [environment, 'test/support/setup/engine.ts'],
        fileParallelism: false,
        testTimeout: 600_000,
        hookTimeout: 600_000,
      }),
    ],
  },
});
