import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import dotenv from 'dotenv';
import pg from 'pg';
import { command } from '../domain/command.ts';
import { draftQuery } from './drafting/draft-query.ts';
import { explain, UsageError, wrongWords } from './usage.ts';

const usage = `Drafts the account query for your database: where the people and their addresses are, their
company, what they pay for, and why it thinks so. Read it, then change it.

  ${command('draft-query', '[--table TABLE] [--company TABLE] [--out FILE]')}

  --table     the table of the people, or of their addresses: SCHEMA.TABLE or TABLE
  --company   the table of the companies
  --out       write to FILE, which must not exist yet; without it, the draft is printed
  --help      print this

Reads the catalogue of DATABASE_URL, from the environment or .env, in a read-only transaction. No
row of your tables is read.`;

async function main(args: string[]): Promise<void> {
  const { table, company, out, help } = readArguments(args);
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

const options = {
  table: { type: 'string' },
  company: { type: 'string' },
  out: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

function readArguments(args: string[]) {
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new UsageError(wrongWords(error, 'draft-query'));
  }
}

async function connect(url: string | undefined): Promise<pg.Client> {
  const form = 'postgres://user:password@host:5432/database';
  if (!url)
    throw new UsageError(`DATABASE_URL is not set: put ${form} into the environment or .env`);
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url))
    throw new UsageError(`DATABASE_URL must look like ${form}`);
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  // One that breaks while a query runs is reported by the query.
  client.on('error', () => {});
  try {
    await client.connect();
    return client;
  } catch (error) {
    const { host, port, database } = client;
    throw new UsageError(
      `No connection to the database "${database}" at ${host}:${port}: ${(error as Error).message || String(error)}`,
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
        ? `--out never writes over a file, but "${file}" exists: give another name`
        : `--out cannot be written: ${(error as Error).message}`,
    );
  }
}

dotenv.config({ quiet: true });
try {
  await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = explain(error);
}
