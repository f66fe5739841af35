import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { runSql } from '../../src/kit/demo/demo-database.ts';
import { createDatabase } from '../databases.ts';
import { blocksIn } from '../pages.ts';

// Our test tables against those that the packages' own migrations make. Not part of CI, since it
// downloads the packages.

type Upstream = {
  /** The tables, below test/. */
  ours: string;
  /** The heading of the recipe that reads them beside the product's own `users`. */
  recipe: string | null;
  packages: string[];
  /** Runs the package's migrations in the database of its argument. */
  program: string;
};

const upstreams: Upstream[] = [
  {
    ours: 'schemas/better-auth.sql',
    recipe: null,
    // @better-auth/stripe 1.7.6 demands a better-call that better-auth 1.7.25 does not have.
    packages: ['better-auth@1.7.25', '@better-auth/stripe@1.7.6', 'stripe@22.6.2', 'pg@8.23.1'],
    program: 'better-auth.mjs',
  },
  {
    ours: 'recipes/supabase-stripe-sync-engine.sql',
    recipe: 'Stripe’s own tables, synced',
    packages: ['@supabase/stripe-sync-engine@0.48.5', 'stripe@22.6.2'],
    program: 'supabase-stripe-sync-engine.mjs',
  },
  {
    ours: 'recipes/stripe-sync-engine.sql',
    recipe: 'Stripe’s own tables, synced',
    packages: ['@stripe/sync-engine@1.0.32'],
    program: 'stripe-sync-engine.mjs',
  },
];

test.for(upstreams)('$packages.0 makes the tables of $ours', async (upstream) => {
  const { ours, recipe, packages, program } = upstream;
  const url = await createDatabase();
  const sql = await readFile(new URL(`../${ours}`, import.meta.url), 'utf8');
  await runSql(url, sql);
  const theirUrl = await createDatabase();
  await migrate(packages, program, theirUrl);

  const fixture = (await describe(url)).filter(({ table }) => table !== 'public.users');
  const made = await describe(theirUrl);
  const columns = new Set(fixture.flatMap(({ column }) => column ?? []));
  // A fixture may lack a column, but no key or index of the columns that it has.
  const due = made.filter(({ uses }) => uses?.every((column) => columns.has(column)));
  const without = (facts: Fact[], others: Fact[]) =>
    facts.map(({ text }) => text).filter((text) => !others.some((other) => other.text === text));
  expect({ wrong: without(fixture, made), missing: without(due, fixture) }).toEqual({
    wrong: [],
    missing: [],
  });
  expect(columns.size).toBeGreaterThan(10);

  if (recipe === null) return;
  const [users = ''] = sql.match(/^create table users [^;]*;/m) ?? [];
  const block = blocksIn('docs/recipes.md').find(({ heading }) => heading === recipe);
  await runSql(theirUrl, `${users} prepare recipe (text[]) as ${block?.text}`);
});

async function migrate(packages: string[], program: string, url: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'upstream-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const source = new URL(`./migrations/${program}`, import.meta.url);
  await copyFile(fileURLToPath(source), join(folder, program));
  const run = (command: string, ...args: string[]) =>
    promisify(execFile)(command, args, { cwd: folder });
  await run('npm', 'init', '--yes');
  await run('npm', 'install', '--no-audit', '--no-fund', '--legacy-peer-deps', ...packages);
  await run(process.execPath, program, url);
}

/** A column, a key, a reference, an index or an enum, in words that are equal where they are. */
type Fact = { table: string; text: string; column: string | null; uses: string[] | null };

async function describe(url: string): Promise<Fact[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<Fact>(factsSql)).rows;
  } finally {
    await client.end();
  }
}

const factsSql = `
  with tables as (
    select pg_class.oid, nspname || '.' || relname as name
    from pg_class join pg_namespace on pg_namespace.oid = relnamespace
    where relkind in ('r', 'p') and nspname !~ '^(pg_|information_schema)'
  ), columns as (
    select attrelid, attnum, name as table, name || '.' || attname as name,
      format_type(atttypid, atttypmod) || case when attnotnull then ' not null' else '' end
        || case when attgenerated <> '' then ' generated' else '' end as type
    from pg_attribute join tables on tables.oid = attrelid
    where attnum > 0 and not attisdropped
  ), uses as (
    select name as table, indexrelid as id,
      case when indisprimary then 'primary key' when indisunique then 'unique' else 'index' end as kind,
      array(
        select columns.name from unnest(indkey::int2[]) with ordinality as part (attnum, place)
        join columns using (attnum) where attrelid = indrelid order by place
      ) as names
    from pg_index join tables on tables.oid = indrelid
    where indpred is null and indexprs is null
    union all
    select tables.name, pg_constraint.oid, 'reference', array(
      select columns.name from columns
      where attrelid = conrelid and attnum = any (conkey) or attrelid = confrelid and attnum = any (confkey)
      order by attrelid = conrelid desc, attnum
    )
    from pg_constraint join tables on tables.oid = conrelid
    where contype = 'f'
  )
  select "table", name || ' ' || type as text, name as column, null as uses from columns
  union all
  select "table", kind || ' ' || array_to_string(names, ', '), null, names from uses
  union all
  select '', typname || ' ' || string_agg(enumlabel, ', ' order by enumsortorder), null, null
  from pg_enum join pg_type on pg_type.oid = enumtypid
  group by typname
  order by 1, 2
`;
