import { defineConfig } from 'vitest/config';
import { Table } from '../faults/tools/table.ts';

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.test.ts'],
    reporters: [new Table()],
    disableConsoleIntercept: true,
    // The machine is for one file: how long agents wait is measured.
    fileParallelism: false,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
