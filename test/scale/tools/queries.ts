import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('../../../sql/account.sql', import.meta.url));

export const accountSql = readFileSync(file, 'utf8');

/** For whom the slow query is slow. */
export const slowCustomer = 'tina.trial@example.com';

/** What the writing query writes to; it calls a function of the owner of the tables. */
export const visitsSql = `
  create table public.visits (at timestamptz default now());
  create function public.note_visit() returns boolean language plpgsql volatile security definer
  as $$ begin insert into public.visits default values; return true; end $$;`;

/** Files of queries which do more than they should, and a way to remove them. */
export async function writeQueries(sleepSeconds: number) {
  const folder = await mkdtemp(join(tmpdir(), 'queries-'));
  const write = async (name: string, condition: string) => {
    const inner = accountSql.replace(/limit 11;.*\s*$/, 'limit 11');
    if (inner === accountSql) throw new Error('sql/account.sql no longer ends with its limit');
    const path = join(folder, name);
    await writeFile(path, `select * from (\n${inner}\n) as account where ${condition};\n`);
    return path;
  };
  return {
    writing: await write('writing.sql', 'public.note_visit()'),
    slow: await write(
      'slow.sql',
      `account.email <> '${slowCustomer}' or pg_sleep(${sleepSeconds}) is not null`,
    ),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
