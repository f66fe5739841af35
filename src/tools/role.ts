import { readFileSync } from 'node:fs';
import dotenv from 'dotenv';
import { LookupError } from '../account.ts';
import { ContractError } from '../accounts/contract.ts';
import { createPool } from '../accounts/database.ts';
import { lookupFunction } from '../accounts/lookup-function.ts';
import { whyUnreachable } from '../accounts/unreachable.ts';
import { command } from '../command.ts';
import { checkConfig } from '../config.ts';
import { functionSqlFile, roleSqlFile } from '../paths.ts';
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
  if (databaseUrl === null)
    throw new UsageError('DATABASE_URL is not set: name the database that the role is to read');
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

dotenv.config({ quiet: true });
try {
  await printRole(process.argv.slice(2));
} catch (error) {
  if (error instanceof LookupError) {
    const { says, todo } = whyUnreachable(error.class);
    console.error(`${says}: ${todo}`);
  } else if (error instanceof ContractError) console.error(error.message);
  process.exitCode =
    error instanceof LookupError || error instanceof ContractError ? 1 : explain(error);
}
