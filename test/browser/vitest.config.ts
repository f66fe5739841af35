import { defineConfig } from 'vitest/config';

// A config of its own: these tests need Chromium, and `npm test` needs nothing but Node.
export default defineConfig({
  test: {
    include: ['test/browser/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // One after the other: they save the files that the others look at.
    fileParallelism: false,
  },
});
