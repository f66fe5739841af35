import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import dotenv from 'dotenv';
import { command } from '../domain/command.ts';
import {
  accountQueryFile,
  envExampleFile,
  throughFunctionByNumberFile,
  throughFunctionFile,
  viewsFolder,
} from '../domain/package-files.ts';
import { explain, UsageError, wantsHelp } from './usage.ts';

const usage = `Writes into the current folder what is yours to change. What is there already is left as it is.

  ${command('init')}

  --help   print this

  sql/account.sql            your tables: the one query, as the demo has it
  sql/through-function.sql   the query of a server whose role may only look accounts up
  sql/through-function-by-number.sql
                             the same, where sql/account.sql names $2
  views/                     your layout
  .env                       your settings, with a new Secret Key in it, readable by you alone
  .gitignore                 keeps .env out of git`;

const settings = { ACCOUNT_QUERY_FILE: 'sql/account.sql', VIEWS_DIR: 'views' };

type File = { path: string; text: string; mode?: number };

async function init(args: string[]): Promise<void> {
  if (wantsHelp(args, 'init')) return console.log(usage);
  const written: string[] = [];
  const left: string[] = [];
  for (const file of await files()) ((await writeNew(file)) ? written : left).push(file.path);

  if (written.length > 0) console.log(`Written: ${written.join(', ')}.`);
  if (left.length > 0) console.log(`Left as they were: ${left.join(', ')}.`);
  for (const lack of await lacks(left)) console.log(lack);
  console.log(`
1. Put your DATABASE_URL into .env, and its HELPSCOUT_SECRET_KEY into Help Scout.
2. Let sql/account.sql read your tables: ${command('draft-query', '--out sql/draft.sql')} drafts it.
3. ${command('doctor')} says what is missing, ${command('serve')} starts it.`);
}

async function files(): Promise<File[]> {
  const copied = [
    { path: 'sql/account.sql', from: accountQueryFile },
    { path: 'sql/through-function.sql', from: throughFunctionFile },
    { path: 'sql/through-function-by-number.sql', from: throughFunctionByNumberFile },
    ...(await readdir(viewsFolder)).map((view) => ({
      path: `views/${view}`,
      from: join(viewsFolder, view),
    })),
  ];
  const copies = copied.map(async ({ path, from }) => ({
    path,
    text: await readFile(from, 'utf8'),
  }));
  return [
    ...(await Promise.all(copies)),
    { path: '.env', text: await envFile(), mode: 0o600 },
    { path: '.gitignore', text: '.env\n' },
  ];
}

/** `.env.example`, with what can be known. No shell and no file gives hex digits another meaning. */
async function envFile(): Promise<string> {
  const own = { ...settings, HELPSCOUT_SECRET_KEY: randomBytes(20).toString('hex') };
  const example = await readFile(envExampleFile, 'utf8');
  const withoutIntroduction = example.slice(example.indexOf('\n\n') + 2);
  return Object.entries(own).reduce(
    (text, [name, value]) => text.replace(new RegExp(`^${name}=$`, 'm'), `${name}=${value}`),
    withoutIntroduction,
  );
}

/** Whether it was written, and not there already. */
async function writeNew({ path, text, mode = 0o666 }: File): Promise<boolean> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, { flag: 'wx', mode });
    return true;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await isFile(path))) return false;
    throw new UsageError(`"${path}" cannot be written in ${process.cwd()}: ${message}`);
  }
}

const isFile = (path: string) =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );

/** What the files that were there before do not have, and should. */
async function lacks(left: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  if (left.includes('.env')) {
    const has = dotenv.parse(await readFile('.env'));
    const lines = Object.entries(settings).filter(([name]) => !has[name]);
    for (const [name, path] of lines) found.push(`Put into .env: ${name}=${path}`);
    if (!has['HELPSCOUT_SECRET_KEY'])
      found.push('Put into .env: HELPSCOUT_SECRET_KEY=… (openssl rand -base64 30 makes one)');
  }
  const ignores = left.includes('.gitignore') ? await readFile('.gitignore', 'utf8') : '.env';
  if (!/^\/?(\*\*\/)?\.env\*?\s*$/m.test(ignores)) found.push('Put into .gitignore: .env');
  return found;
}

try {
  await init(process.argv.slice(2));
} catch (error) {
  process.exitCode = explain(error);
}
