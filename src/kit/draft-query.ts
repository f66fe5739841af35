import { writeFileSync } from 'node:fs';
import pg from 'pg';
import { command } from '../domain/command.ts';
import { loadEnvironment } from '../server/environment.ts';
import { readOptions, runTool, UsageError } from './command-line.ts';
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

async function main(args: string[]): Promise<void> {
  const { values } = readOptions('draft-query', args, {
    table: { type: 'string' },
    company: { type: 'string' },
    out: { type: 'string' },
  });
  const { table, company, out, help } = values;
  if (help) return console.log(usage);
  const client = await connect(process.env['DATABASE_URL']);
  try {
    const { text, warnings } = await draftQuery(client, { table, company });
    if (out === undefined) process.stdout.write(text);
    else writeNew(out, text);
    for (const warning of warnings) console.error(warning);
  } finally {
    await client.end();
  }
}

async function connect(url: string | undefined): Promise<pg.Client> {
  const form = 'postgres://user:password@host:5432/database';
  if (!url)
    throw new UsageError(`DATABASE_URL is not set: put ${form} into the environment or .env`);
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url))
    throw new UsageError(`DATABASE_URL must look like ${form}`);
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  // The query reports a connection that breaks while it runs.
  client.on('error', () => {});
  try {
    await client.connect();
    return client;
  } catch (error) {
    const { host, port, database } = client;
    throw new UsageError(
      `Cannot connect to the database "${database}" at ${host}:${port}: ${(error as Error).message || String(error)}`,
    );
  }
}

function writeNew(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: 'wx' });
  } catch (error) {
    const exists = (error as NodeJS.ErrnoException).code === 'EEXIST';
    throw new UsageError(
      exists
        ? `--out does not overwrite files, and "${file}" exists: give another name`
        : `--out cannot be written: ${(error as Error).message}`,
    );
  }
}

loadEnvironment();
await runTool(main);
