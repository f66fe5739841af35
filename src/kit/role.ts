import { readFileSync } from 'node:fs';
import { functionSqlFile, roleSqlFile } from '../domain/package-files.ts';
import { createConnections } from '../postgres/connections.ts';
import { checkConfig } from '../server/config.ts';
import { command } from './command.ts';
import { runTool, UsageError, withOptions } from './command-line.ts';
import { lookupFunction } from './lookup-function.ts';

const usage = `Prints the SQL for a least-privilege database role, which can only look up single accounts.

  ${command('role')} > role.sql

  --help   print this

Read it, then run it as the owner of the tables, for example: psql -f role.sql
It consists of sql/role.sql, and sql/function.sql with your account query in it. Printing it changes
nothing.

DATABASE_URL, from the environment or .env, needs a role that may read the tables: Postgres describes
the query there, without reading a row. ACCOUNT_QUERY_FILE (default sql/account.sql) is the query.`;

async function printRole(): Promise<void> {
  const { config, problems } = checkConfig(process.env);
  const { databaseUrl, accountQueryFile: file } = config;
  const relevant = problems.filter((one) => /^(DATABASE_URL|ACCOUNT_QUERY_FILE) /.test(one));
  if (relevant.length > 0) throw new UsageError(relevant.join('\n'));
  const ignore = () => {};
  const silent = { info: ignore, warn: ignore, error: ignore };
  const connections = createConnections(databaseUrl, silent, 1);
  try {
    const query = { file, sql: readFileSync(file, 'utf8') };
    const template = readFileSync(functionSqlFile, 'utf8');
    const lookup = await connections.check((client) => lookupFunction(client, template, query));
    console.log(`${readFileSync(roleSqlFile, 'utf8')}\n${lookup}`);
  } finally {
    await connections.end();
  }
}

await runTool(withOptions('role', usage, {}, printRole));
