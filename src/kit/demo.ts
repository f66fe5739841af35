import { command } from '../domain/command.ts';
import { loadEnvironment } from '../server/environment.ts';
import { run } from './run.ts';
import { explain, UsageError, wantsHelp } from './usage.ts';

const usage = `Shows the sidebar with the people of an invented company, and changes nothing.

  ${command('demo')}

  --help   print this

It starts a Postgres of its own, which came with the package, and the server on 127.0.0.1 at PORT (3000),
with the preview at /preview. Views of your own (VIEWS_DIR) are shown; your database, your query and
your credentials for Help Scout are left aside. Ctrl-C stops it.`;

/** With any of them it would not be the demo. */
const leftAside = [
  'DATABASE_URL',
  'ACCOUNT_QUERY_FILE',
  'HELPSCOUT_APP_ID',
  'HELPSCOUT_APP_SECRET',
];

async function demo(args: string[]): Promise<void> {
  if (wantsHelp(args, 'demo')) return console.log(usage);
  if (process.env['NODE_ENV'] === 'production')
    throw new UsageError(
      `There is no demo with NODE_ENV=production: ${command('serve')} is what answers there`,
    );
  const set = leftAside.filter((name) => process.env[name]);
  if (set.length > 0) console.log(`The demo leaves aside: ${set.join(', ')}.`);
  // Empty is "not set", and keeps a value of .env away.
  for (const name of leftAside) process.env[name] = '';
  await run(process.env);
  console.log(`With your own database, ${command('init')} comes next.\n`);
}

loadEnvironment();
try {
  await demo(process.argv.slice(2));
} catch (error) {
  process.exit(explain(error));
}
