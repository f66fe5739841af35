// npm run capacity: puts what follows from the figures in bench/README.md into docs/capacity.md.

import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { capacity } from './capacity.ts';
import { inProject } from './paths.ts';
import { writeBetweenMarks } from './report.ts';

export function writeCapacity(): void {
  const figures = readFileSync(inProject('bench/README.md'), 'utf8');
  writeBetweenMarks(inProject('docs/capacity.md'), 'capacity', capacity(figures));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeCapacity();
