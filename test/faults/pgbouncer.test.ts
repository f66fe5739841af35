import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startLoad, summary } from './tools/load.ts';
import { pgbouncer, startPgbouncer } from './tools/pgbouncer.ts';
import { type BreakablePostgres, openBreakablePostgres } from './tools/postgres.ts';
import { measured, times } from './tools/scale.ts';
import { startSidebar } from './tools/sidebar.ts';

// Debian's PgBouncer, which is older than the one that keeps named statements apart.

let postgres: BreakablePostgres;

beforeAll(async () => {
  postgres = await openBreakablePostgres();
});
afterAll(() => postgres?.close());

const program = pgbouncer.find((path) => existsSync(path));
const seconds = times(2, 30);

const modes = [
  ['session mode', { pool_mode: 'session' }],
  ['transaction mode', { pool_mode: 'transaction' }],
  [
    // So that the session that a statement was prepared in is seldom the one that runs it.
    'transaction mode with few connections for many sidebars',
    { pool_mode: 'transaction', default_pool_size: '3' },
  ],
  [
    'transaction mode that ignores our settings',
    {
      pool_mode: 'transaction',
      ignore_startup_parameters: 'statement_timeout,lock_timeout,options',
    },
  ],
] as const;

// In CI it must be there: a missing one fails.
test.skipIf(program === undefined && process.env['CI'] === undefined).for(modes)(
  'every lookup through PgBouncer in %s is right at once',
  async ([, settings], context) => {
    const bouncer = await startPgbouncer(program as string, postgres.readerUrl, settings);
    const sidebars = [await startSidebar(bouncer.url), await startSidebar(bouncer.url)];
    try {
      const loads = sidebars.map(({ port }) => startLoad(port, 30));
      await wait(seconds * 1_000);
      const outcomes = (await Promise.all(loads.map((load) => load.stop()))).flat();
      measured(context, summary(outcomes));
      expect(outcomes.length).toBeGreaterThan(seconds * 50);
      expect(outcomes.filter(({ status, shown }) => status !== 200 || shown !== 'fresh')).toEqual(
        [],
      );
      const printed = sidebars.map(({ printed }) => printed.text).join('');
      expect(printed).not.toContain('"level":50');
      // What it refuses is refused, else nothing was tried here.
      const isRefused = bouncer.printed.text.includes('unsupported startup parameter');
      expect(isRefused).toBe(!('ignore_startup_parameters' in settings));
      if (settings.pool_mode === 'session') expect(printed).not.toContain('statement_renamed');
    } finally {
      for (const sidebar of sidebars) await sidebar.stop();
      await bouncer.stop();
    }
  },
);
