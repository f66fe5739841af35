import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// The browser, deploy, faults, prometheus, scale and upstream tests have configurations and npm scripts
// of their own.
export default defineConfig({
  test: {
    // Many tests wait for Postgres or a child process. With more workers, lookups miss their deadline.
    maxWorkers: availableParallelism() + 1,
    // Only a busy machine needs as long: a test that hangs still fails.
    testTimeout: 30_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 15_000 } },
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/unit/*.test.ts'] } },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/integration/*.test.ts'],
          // One Postgres for all; each file that asks for a database gets one of its own.
          globalSetup: ['test/postgres.ts'],
        },
      },
    ],
  },
});
