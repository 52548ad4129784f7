import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Needs no stack: the stand-in of GitHub, and GitHub's description. */
export default defineConfig({
  test: {
    root: join(import.meta.dirname, '../..'),
    include: ['test/conformance/**/*.test.ts'],
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
