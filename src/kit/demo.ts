import { command } from './command.ts';
import { runServer, UsageError, withOptions } from './command-line.ts';
import { run } from './run.ts';

const usage = `Shows the sidebar for the customers of an invented company. Your data stays untouched.

  ${command('demo')}

  --help   print this

It starts an embedded Postgres, which is part of the package, and the server on 127.0.0.1 at PORT
(default 3000), with the preview at PREVIEW_PORT (default 3001). It uses your views (VIEWS_DIR), but
not your database, your query or your Help Scout credentials. Ctrl-C stops it.`;

const ignoredSettings = [
  'DATABASE_URL',
  'ACCOUNT_QUERY_FILE',
  'HELPSCOUT_APP_ID',
  'HELPSCOUT_APP_SECRET',
];

async function demo(): Promise<void> {
  if (process.env['NODE_ENV'] === 'production')
    throw new UsageError(
      `There is no demo with NODE_ENV=production: ${command('serve')} starts the server.`,
    );
  const set = ignoredSettings.filter((name) => process.env[name]);
  if (set.length > 0) console.log(`The demo ignores: ${set.join(', ')}.`);
  // An empty variable counts as not set, and takes precedence over .env.
  for (const name of ignoredSettings) process.env[name] = '';
  await run(process.env);
  console.log(`Next, for your own database: ${command('init')}\n`);
}

await runServer(withOptions('demo', usage, {}, demo));
