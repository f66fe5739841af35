#!/usr/bin/env bash
# @supabase/stripe-sync-engine 0.48.5: runMigrations resolves without having made a table when the package
# is loaded by import. It looks for its migrations with __dirname, which an ES module does not have, and the
# error goes to the logger alone, which is optional. By require it begins with its migrations.
# Seen with Node 20.20; pg is told to note its statements and do nothing, so that no Postgres is needed.
set -euo pipefail
version=0.48.5

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --save-exact "@supabase/stripe-sync-engine@$version" stripe@22.6.2

cat >look.mjs <<'JS'
import { createRequire } from 'node:module';
import pg from 'pg';
let statements = [];
pg.Client.prototype.connect = async () => {};
pg.Client.prototype.end = async () => {};
pg.Client.prototype.query = async (query) => {
  statements.push(query.text ?? query);
  return { rows: [], rowCount: 0 };
};
const name = '@supabase/stripe-sync-engine';
for (const [way, { runMigrations }] of [
  ['import ', await import(name)],
  ['require', createRequire(import.meta.url)(name)],
]) {
  statements = [];
  const outcome = await runMigrations({ databaseUrl: '', schema: 'stripe' }).then(() => 'resolved', (error) => error.message);
  const began = statements.some((text) => text.includes('pg_try_advisory_lock'));
  console.log(`${way} ${outcome}, ${began ? 'asked for the lock of its migrations' : statements}`);
}
const errors = [];
const logger = { info() {}, error: (error) => errors.push(error.message) };
await (await import(name)).runMigrations({ databaseUrl: '', schema: 'stripe', logger });
console.log(`logger  ${errors}`);
JS
node look.mjs | tee seen

cat >expected <<'TEXT'
import  resolved, CREATE SCHEMA IF NOT EXISTS stripe;
require resolved, asked for the lock of its migrations
logger  __dirname is not defined
TEXT
diff expected seen || { echo "@supabase/stripe-sync-engine $version behaves otherwise now" >&2; exit 1; }
