import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { command } from '../domain/command.ts';
import { checkConfig } from '../server/config.ts';
import { loadEnvironment } from '../server/environment.ts';
import { run } from './run.ts';
import { explain, UsageError, wrongWords } from './usage.ts';

const usage = `Answers Help Scout from your database, at /helpscout, with the settings of the environment and .env.

  ${command('serve', '[--preview]')}

  --preview   not for Help Scout but for you, at work on views and query: on 127.0.0.1 only, with your
              customers at /preview
  --help      print this

HELPSCOUT_SECRET_KEY and DATABASE_URL must be there. Without --preview it is as with
NODE_ENV=production, unless NODE_ENV says otherwise: it listens on 0.0.0.0 and has no preview.`;

async function serve(args: string[]): Promise<void> {
  const { preview, help } = readArguments(args);
  if (help) return console.log(usage);
  if (preview && process.env['NODE_ENV'] === 'production')
    throw new UsageError('There is no preview with NODE_ENV=production');
  process.env['NODE_ENV'] ||= preview ? 'development' : 'production';
  if (isAnythingMissing()) throw new UsageError(whatIsMissing());
  await run(process.env);
}

function readArguments(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        preview: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(wrongWords(error, 'serve'));
  }
}

/** Without them the server would become the demo, outside production. */
const isAnythingMissing = () =>
  !process.env['HELPSCOUT_SECRET_KEY'] || !process.env['DATABASE_URL'];

function whatIsMissing(): string {
  const { problems } = checkConfig({ ...process.env, NODE_ENV: 'production' });
  const file = existsSync('.env')
    ? 'Put them into the file .env of this folder.'
    : `There is no file .env in this folder: ${command('init')} writes one.`;
  return `${problems.join('\n')}\n\n${file} ${command('demo')} needs no settings.`;
}

loadEnvironment();
try {
  await serve(process.argv.slice(2));
} catch (error) {
  process.exit(explain(error));
}
