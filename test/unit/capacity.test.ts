import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { capacity } from '../../bench/capacity.ts';

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

test('docs/capacity.md has what follows from the figures in bench/README.md', () => {
  const [, written] =
    /<!-- capacity: begin -->\n(.*)\n<!-- capacity: end -->/s.exec(read('docs/capacity.md')) ?? [];
  expect(written, 'else: npm run capacity').toBe(capacity(read('bench/README.md')));
});

const figures = `
Measured on 2030-01-01: 4 cores (Fast), Postgres 18.4. Pinned: nothing.

| load | server | answers/s | against bare |
| 10 clients | helpscout-sidebar | 1,000 (900–1,100) | 0.50 |
| 10 clients | bare node:http + pg | 2,000 (1,900–2,100) | 1.00 |

| memory after the load, MB | 100 | 50 |
| a request of Help Scout, bytes | 500 |
| its answer, bytes | 1,500 |
| its line in the log, bytes | 100 |
| its lookup among a million users, ms of Postgres | 2 |
| answers/s on new connections, against kept ones | 0.5 |
`;

test('computes 10,000 agents from 1,000/s, halved for new connections and for headroom', () => {
  const text = capacity(figures);
  expect(text).toContain('**250 a second**');
  expect(text).toContain('**10,000 agents**');
  // 10,000 agents open 300,000 conversations an hour, 83 a second, and three times that at the peak.
  expect(text).toContain('| 10,000 | 300,000 | 83 | 250 | 50 % |');
  // One replica carries it and one is spare. 250 × 2 ms; 300,000 × 8 × 100 bytes; 250 × 2,000 bytes.
  expect(text).toContain('| 10,000 | 2 | 8 | 50 % | 200 MB | 240 MB | 500 kB/s |');
  expect(text).toContain('| 100,000 | 11 | 44 | 500 % | 1100 MB | 2.4 GB | 5 MB/s |');
  expect(text).toContain('Measured on 2030-01-01: 4 cores (Fast), Postgres 18.4.');
});

test('names the figure that is missing', () => {
  expect(() => capacity(figures.replace('its answer', 'an answer'))).toThrow(
    'bench/README.md has no "its answer, bytes"',
  );
});
