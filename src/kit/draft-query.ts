import { writeFile } from 'node:fs/promises';
import pg from 'pg';
import { whyUnreachable } from '../domain/failures.ts';
import { parseDatabaseUrl } from '../postgres/connection-string.ts';
import { failureClass } from '../postgres/failure-code.ts';
import { checkConfig } from '../server/config.ts';
import { command } from './command.ts';
import { runTool, UsageError, type Values, withOptions } from './command-line.ts';
import { draftQuery } from './drafting/draft-query.ts';

const usage = `Generates a draft of the account query from your schema: it looks for the tables of people, their
e-mail addresses, companies and subscriptions, and explains each choice. Review it, then edit it.

  ${command('draft-query', '[--table TABLE] [--company TABLE] [--out FILE]')}

  --table     the table of the people, or of their addresses: SCHEMA.TABLE or TABLE
  --company   the table of the companies
  --out       write to FILE, which must not exist yet; without it, the draft is printed
  --help      print this

Reads the catalogue of DATABASE_URL, from the environment or .env, in a read-only transaction. It
reads no row of your tables.`;

const string = { type: 'string' } as const;
const options = { table: string, company: string, out: string };

async function draft({ table, company, out }: Values<typeof options>): Promise<void> {
  const client = await connect();
  try {
    const { text, warnings } = await draftQuery(client, { table, company });
    if (out === undefined) process.stdout.write(text);
    else
      await writeFile(out, text, { flag: 'wx' }).catch(({ message }) => {
        throw new UsageError(`--out needs a file that can be created: ${message}`);
      });
    for (const warning of warnings) console.error(warning);
  } finally {
    await client.end();
  }
}

async function connect(): Promise<pg.Client> {
  const { config, problems } = checkConfig(process.env);
  const problem = problems.find((one) => one.startsWith('DATABASE_URL '));
  if (problem !== undefined) throw new UsageError(problem);
  const { config: target, userOptions, connectTimeoutMs } = parseDatabaseUrl(config.databaseUrl);
  const client = new pg.Client({
    ...target,
    ...(userOptions !== null && { options: userOptions }),
    connectionTimeoutMillis: connectTimeoutMs,
  });
  // The query reports a connection that breaks while it runs.
  client.on('error', () => {});
  await client.connect().catch((error: Error) => {
    const where = `"${client.database}" at ${client.host}:${client.port}`;
    const why = error.message || String(error);
    const { todo } = whyUnreachable(failureClass(error));
    throw new UsageError(`Cannot connect to the database ${where}: ${why}. ${todo}`);
  });
  return client;
}

await runTool(withOptions('draft-query', usage, options, draft));
