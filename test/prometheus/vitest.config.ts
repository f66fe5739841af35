import { defineConfig } from 'vitest/config';

// A config of its own: these tests need Prometheus, and `npm test` needs nothing but Node.
export default defineConfig({
  test: {
    include: ['test/prometheus/*.test.ts'],
    globalSetup: ['test/postgres.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
