import { defineConfig } from 'vitest/config';

// Tiers by what they need: nothing but Node; programs of the host (docker's CLI, openssl, tmux …); those and a Linux of its
// architecture for the executable, which has tests of its own and passes a part of the others'; a Docker Engine.
// scripts/test.mjs says which of them can run here.
export default defineConfig({
  test: {
    coverage: {
      provider: 'v8',
      include: ['src/**'],
      reporter: ['text-summary', 'text'],
      reportOnFailure: true,
    },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.{host,engine,executable}.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'host',
          include: ['test/**/*.host.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'executable',
          include: [
            'test/**/*.executable.test.ts',
            'test/commands/update.test.ts',
            'test/e2e/dry-run.test.ts',
            'test/e2e/failures-aws.test.ts',
            'test/e2e/helper-protocol.test.ts',
            'test/e2e/init.host.test.ts',
            'test/e2e/login.host.test.ts',
            'test/e2e/output.test.ts',
            'test/e2e/terminal.host.test.ts',
          ],
          globalSetup: 'test/support/executable/global-setup.ts',
          env: { PROTO_TEST_PROGRAM: 'dist/proto-scaffold-linux-x64' },
          testTimeout: 60_000,
          hookTimeout: 60_000,
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
