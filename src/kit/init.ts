import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import dotenv from 'dotenv';
import {
  accountQueryFile,
  envExampleFile,
  root,
  throughFunctionFiles,
  viewsFolder,
} from '../domain/package-files.ts';
import { command } from './command.ts';
import { runTool, UsageError, withOptions } from './command-line.ts';

const usage = `Writes the files that you edit into the current folder. Existing files are kept.

  ${command('init')}

  --help   print this

  sql/account.sql            the account query, here for the demo's tables: adapt it to yours
  sql/through-function.sql   the query for a role that may only look accounts up
  sql/through-function-*.sql the same, for an account query that uses $2 or $3
  views/                     the layout of the sidebar
  .env                       your settings and a new Secret Key, readable only by you
  .gitignore                 keeps .env out of git`;

const settings = { ACCOUNT_QUERY_FILE: 'sql/account.sql', VIEWS_DIR: 'views' };

type File = { path: string; text: string; mode?: number };

async function init(): Promise<void> {
  const written: string[] = [];
  const kept: string[] = [];
  for (const file of await files()) ((await writeNew(file)) ? written : kept).push(file.path);

  if (written.length > 0) console.log(`Written: ${written.join(', ')}.`);
  if (kept.length > 0) console.log(`Kept unchanged: ${kept.join(', ')}.`);
  for (const line of await missingLines(kept)) console.log(line);
  console.log(`
1. Set DATABASE_URL in .env, and enter its HELPSCOUT_SECRET_KEY in Help Scout.
2. Adapt sql/account.sql to your tables: ${command('draft-query', '--out sql/draft.sql')} generates a draft.
3. Check it with ${command('doctor')}, and start it with ${command('serve')}`);
}

async function files(): Promise<File[]> {
  const views = await readdir(viewsFolder);
  const copied = [
    ...[accountQueryFile, ...throughFunctionFiles],
    ...views.map((view) => join(viewsFolder, view)),
  ].map(async (file) => ({ path: relative(root, file), text: await readFile(file, 'utf8') }));
  return [
    ...(await Promise.all(copied)),
    { path: '.env', text: await envFile(), mode: 0o600 },
    { path: '.gitignore', text: '.env\n' },
  ];
}

/** `.env.example` with values filled in. Hex digits need no quoting anywhere. */
async function envFile(): Promise<string> {
  const own = { ...settings, HELPSCOUT_SECRET_KEY: randomBytes(20).toString('hex') };
  const example = await readFile(envExampleFile, 'utf8');
  const withoutIntroduction = example.slice(example.indexOf('\n\n') + 2);
  return Object.entries(own).reduce(
    (text, [name, value]) => text.replace(new RegExp(`^${name}=$`, 'm'), `${name}=${value}`),
    withoutIntroduction,
  );
}

/** Returns false when the file exists. */
async function writeNew({ path, text, mode = 0o666 }: File): Promise<boolean> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, { flag: 'wx', mode });
    return true;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const found = code === 'EEXIST' ? await stat(path).catch(() => null) : null;
    if (found?.isFile()) return false;
    throw new UsageError(`"${path}" cannot be written in ${process.cwd()}: ${message}`);
  }
}

/** The lines that kept files need and do not have. */
async function missingLines(kept: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  if (kept.includes('.env')) {
    const has = dotenv.parse(await readFile('.env'));
    const key = '… (generate one: openssl rand -base64 30)';
    for (const [name, value] of Object.entries({ ...settings, HELPSCOUT_SECRET_KEY: key }))
      if (!has[name]) found.push(`Add to .env: ${name}=${value}`);
  }
  const ignored = kept.includes('.gitignore') ? await readFile('.gitignore', 'utf8') : '.env';
  if (!/^\/?(\*\*\/)?\.env\*?\s*$/m.test(ignored)) found.push('Add to .gitignore: .env');
  return found;
}

await runTool(withOptions('init', usage, {}, init));
