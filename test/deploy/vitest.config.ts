import { defineConfig } from 'vitest/config';

// A config of its own: these tests need root and tools of Debian, and `npm test` needs nothing but
// Node. What is missing fails them; nothing is skipped.
export default defineConfig({
  test: {
    include: ['test/deploy/*.test.ts'],
    globalSetup: ['test/postgres.ts'],
    disableConsoleIntercept: true,
    testTimeout: 60_000,
    // The image is built in one.
    hookTimeout: 600_000,
  },
});
