import { defineConfig } from 'vitest/config';

// A config of its own: these tests need root and tools of Debian, and `npm test` needs nothing but
// Node. What is missing fails them; nothing is skipped.
export default defineConfig({
  test: {
    include: ['test/deploy/*.test.ts'],
    globalSetup: ['test/postgres.ts'],
    disableConsoleIntercept: true,
    testTimeout: 180_000,
    // The image is built in one, from Debian's first package on: two minutes, more on a busy machine.
    hookTimeout: 1_200_000,
  },
});
