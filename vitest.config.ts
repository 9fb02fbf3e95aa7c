import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['test/support/radosgw-setup.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
    // Half of the tests run servers, kill them and wait for what follows: on a loaded machine one may come too late. CI tries such a test once more, and names it.
    retry: process.env.CI ? 1 : 0,
  },
});
