// npm run capacity: puts what follows from the figures in bench/README.md into docs/capacity.md.

import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { capacity } from './capacity.ts';
import { readFlags } from './flags.ts';
import { inProject } from './paths.ts';
import { writeBetweenMarks } from './report.ts';

export function writeCapacity(): void {
  const figures = readFileSync(inProject('bench/README.md'), 'utf8');
  writeBetweenMarks(inProject('docs/capacity.md'), 'capacity', capacity(figures));
}

const usage = `Reckons docs/capacity.md from the figures in bench/README.md, and writes it. Nothing is measured.

  npm run capacity

  --help   print this`;

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  readFlags(usage, []);
  writeCapacity();
}
