import { defineConfig } from 'vitest/config';

// Three tiers by what they need: nothing but Node; programs of the host (docker's CLI, openssl, tmux …);
// a Docker Engine. scripts/test.mjs says which of them can run here.
export default defineConfig({
  test: {
    coverage: { provider: 'v8', include: ['src/**'], reporter: ['text-summary', 'text'] },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.host.test.ts', 'test/**/*.engine.test.ts'],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'host',
          include: ['test/**/*.host.test.ts'],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'engine',
          include: ['test/**/*.engine.test.ts'],
          globalSetup: 'test/support/engine/global-setup.ts',
          setupFiles: ['test/support/engine/setup.ts'],
          fileParallelism: false,
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
