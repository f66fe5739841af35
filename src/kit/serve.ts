import { existsSync } from 'node:fs';
import { checkConfig } from '../server/config.ts';
import { command } from './command.ts';
import { runServer, UsageError, type Values, withOptions } from './command-line.ts';
import { run } from './run.ts';

const usage = `Starts the server: it answers Help Scout at /helpscout from your database.

  ${command('serve', '[--preview]')}

  --preview   for developing views and query: listen on 127.0.0.1 only, and show the preview of your
              customers' sidebars at http://127.0.0.1:3001/preview (PREVIEW_PORT)
  --help      print this

Settings come from the environment and .env; HELPSCOUT_SECRET_KEY and DATABASE_URL are required.
Without --preview, NODE_ENV defaults to production: the server listens on 0.0.0.0 without a preview.`;

const options = { preview: { type: 'boolean' } } as const;

async function serve({ preview }: Values<typeof options>): Promise<void> {
  if (preview && process.env['NODE_ENV'] === 'production')
    throw new UsageError('There is no preview with NODE_ENV=production. Unset NODE_ENV for it.');
  process.env['NODE_ENV'] ||= preview ? 'development' : 'production';
  // Outside production, the server would otherwise run the demo.
  if (!process.env['HELPSCOUT_SECRET_KEY'] || !process.env['DATABASE_URL'])
    throw new UsageError(`${checkConfig(process.env).problems.join('\n')}

${existsSync('.env') ? 'Set them in the file .env of this folder.' : noFile}
${command('demo')} needs no settings.`);
  await run(process.env);
}

const noFile = `There is no file .env in this folder: ${command('init')} writes one.`;

await runServer(withOptions('serve', usage, options, serve));
