import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import dotenv from 'dotenv';
import { LookupError } from '../account.ts';
import { ContractError } from '../accounts/contract.ts';
import { createPool } from '../accounts/database.ts';
import { lookupFunction } from '../accounts/lookup-function.ts';
import { checkConfig } from '../config.ts';
import { functionSqlFile, roleSqlFile } from '../paths.ts';

const usage = `Prints the SQL of a database role that can look accounts up and do nothing else.

  npm run --silent role > role.sql

Read it, then run it as the owner of the tables, for example: psql -f role.sql
It is sql/role.sql, and sql/function.sql with the account query in it. Nothing is changed by printing.

DATABASE_URL, from the environment or .env, must be of a role that may read the tables: the query is
described there, without reading a row. ACCOUNT_QUERY_FILE names another query than sql/account.sql.`;

/** What the person who called must do otherwise, in words. */
class RoleError extends Error {}

async function printRole(args: string[]): Promise<void> {
  if (wantsHelp(args)) return console.log(usage);
  const { config, problems } = checkConfig(process.env);
  const { databaseUrl, accountQueryFile: file } = config;
  const inTheWay = problems.filter((problem) =>
    /^(DATABASE_URL|ACCOUNT_QUERY_FILE) /.test(problem),
  );
  if (inTheWay.length > 0) throw new RoleError(inTheWay.join('\n'));
  if (databaseUrl === null)
    throw new RoleError('DATABASE_URL is not set: name the database that the role is to read');
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

function wantsHelp(args: string[]): boolean {
  try {
    const { values } = parseArgs({
      args,
      options: { help: { type: 'boolean', short: 'h', default: false } },
    });
    return values.help;
  } catch (error) {
    throw new RoleError(`${(error as Error).message}\n\n${usage}`);
  }
}

dotenv.config({ quiet: true });
try {
  await printRole(process.argv.slice(2));
} catch (error) {
  if (error instanceof LookupError)
    console.error(`DATABASE_URL leads to no database that answers (${error.class})`);
  else if (error instanceof RoleError || error instanceof ContractError)
    console.error((error as Error).message);
  else console.error(error);
  process.exitCode = error instanceof RoleError ? 2 : 1;
}
