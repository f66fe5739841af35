import { readFileSync } from 'node:fs';
import { command } from '../domain/command.ts';
import { functionSqlFile, roleSqlFile } from '../domain/package-files.ts';
import { lookupFunction } from '../postgres/lookup-function.ts';
import { createPool } from '../postgres/pool.ts';
import { checkConfig } from '../server/config.ts';
import { loadEnvironment } from '../server/environment.ts';
import { explain, UsageError, wantsHelp } from './usage.ts';

const usage = `Prints the SQL of a database role that can look accounts up and do nothing else.

  ${command('role')} > role.sql

  --help   print this

Read it, then run it as the owner of the tables, for example: psql -f role.sql
It is sql/role.sql, and sql/function.sql with the account query in it. Nothing is changed by printing.

DATABASE_URL, from the environment or .env, must be of a role that may read the tables: the query is
described there, without reading a row. ACCOUNT_QUERY_FILE names another query than sql/account.sql.`;

async function printRole(args: string[]): Promise<void> {
  if (wantsHelp(args, 'role')) return console.log(usage);
  const { config, problems } = checkConfig(process.env);
  const { databaseUrl, accountQueryFile: file } = config;
  const inTheWay = problems.filter((problem) =>
    /^(DATABASE_URL|ACCOUNT_QUERY_FILE) /.test(problem),
  );
  if (inTheWay.length > 0) throw new UsageError(inTheWay.join('\n'));
  const silent = () => {};
  const pool = createPool(databaseUrl, { info: silent, warn: silent, error: silent });
  try {
    const query = { file, sql: readFileSync(file, 'utf8') };
    const lookup = await lookupFunction(pool, readFileSync(functionSqlFile, 'utf8'), query);
    console.log(`${readFileSync(roleSqlFile, 'utf8')}\n${lookup}`);
  } finally {
    await pool.end();
  }
}

loadEnvironment();
try {
  await printRole(process.argv.slice(2));
} catch (error) {
  process.exitCode = explain(error);
}
