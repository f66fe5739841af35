import { defineConfig } from 'vitest/config';
import { Table } from '../faults/tools/table.ts';

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.test.ts'],
    reporters: [new Table()],
    globalSetup: ['../postgres.ts'],
    // npm downloads the packages.
    testTimeout: 300_000,
  },
});
