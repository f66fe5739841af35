import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // test/browser and test/faults have runs of their own: npm run test:browser, test:faults.
    include: ['test/*.test.ts'],
    // One Postgres for all; each file that asks for a database gets one of its own.
    globalSetup: ['test/postgres.ts'],
    // Making the cluster for the first time takes longer than any test.
    hookTimeout: 60_000,
  },
});
