import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Those in test/browser need a browser: npm run test:browser
    include: ['test/*.test.ts'],
    // One Postgres for all; each file that asks for a database gets one of its own.
    globalSetup: ['test/postgres.ts'],
    // Making the cluster for the first time takes longer than any test.
    hookTimeout: 60_000,
  },
});
