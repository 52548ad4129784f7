import { defineConfig } from 'vitest/config';

const shared = {
  // two Temporal runtimes in one process crash: every file gets a process of its own
  pool: 'forks',
  // only what hangs gets there: two files at a time share two cores with all real parts
  testTimeout: 180_000,
  hookTimeout: 120_000,
  teardownTimeout: 30_000,
} as const;

/** `npm run histories` records; no test run does. */
const recording = process.env['RECORD_HISTORIES'] === undefined ? [] : ['test/histories/record.ts'];

const pure = ['domain', 'config', 'docs', 'histories'].map((folder) => `test/${folder}/**/*.test.ts`);

/** Tests that kill parts of a stack of their own, or install for a whole cluster. */
const alone = ['faults', 'in-cluster'].map((folder) => `test/${folder}/**/*.test.ts`);

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      { test: { ...shared, name: 'pure', include: pure } },
      {
        test: {
          ...shared,
          name: 'real',
          include: recording.length > 0 ? recording : ['test/**/*.test.ts'],
          exclude: ['test/conformance/**', ...pure, ...alone],
          globalSetup: ['test/support/global-setup.ts'],
        },
      },
      {
        test: {
          ...shared,
          name: 'alone',
          include: recording.length > 0 ? [] : alone,
          // a cluster of their own each, on the same cores: after all others, one by one
          sequence: { groupOrder: 1 },
          fileParallelism: false,
        },
      },
    ],
  },
});
