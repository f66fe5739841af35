import { defineConfig } from 'vitest/config';
import { Table } from './tools/table.ts';

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.test.ts'],
    // One after the other: each measures how long somebody waited, on machines with two cores.
    fileParallelism: false,
    reporters: [new Table()],
    disableConsoleIntercept: true,
    testTimeout: 300_000,
    hookTimeout: 60_000,
  },
});
