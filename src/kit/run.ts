import { randomBytes } from 'node:crypto';
import { type Config, misspeltSettings, readConfig } from '../server/config.ts';
import { serve } from '../server/serve.ts';
import { command } from './command.ts';
import { reviewOf } from './review.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Starts the server; outside production with a preview, and without DATABASE_URL as the demo. */
export async function run(env: Env): Promise<void> {
  const warnings = misspeltSettings(env);
  if (!env['DATABASE_URL'] && env['NODE_ENV'] !== 'production') return runDemo(env, warnings);
  const config = readConfig(env);
  const preview = config.production ? undefined : await loadPreview(config, false);
  await serve(config, {
    warnings,
    createApp: preview?.createApp,
    review: reviewOf(config.databaseUrl),
    onListening: async (origin) => {
      if (preview) console.log(`See it at ${await preview.open(origin)}`);
    },
    onStop: async () => preview?.close(),
  });
}

/** Loads the demo on demand: a production install has neither it nor its Postgres. */
async function runDemo(env: Env, warnings: readonly string[]): Promise<void> {
  console.log(`This is the demo. Set DATABASE_URL to use your own database: ${command('serve')}`);
  const generatedKey = env['HELPSCOUT_SECRET_KEY'] ? null : randomBytes(30).toString('base64');
  const withKey = generatedKey === null ? env : { ...env, HELPSCOUT_SECRET_KEY: generatedKey };
  // Reports invalid settings before Postgres is unpacked.
  readConfig({ ...withKey, DATABASE_URL: 'postgres://demo@localhost' });
  const { openDemo } = await import('./demo/demo.ts');
  const demo = await openDemo(new Date(), console.log, generatedKey);
  const config = readConfig({ ...withKey, DATABASE_URL: demo.url });
  const preview = await loadPreview(config, true);
  await serve(config, {
    warnings,
    ...(config.mailbox === null && { mailbox: demo.mailbox }),
    createApp: preview?.createApp,
    review: reviewOf(config.databaseUrl),
    onListening: async (origin, port) => {
      await demo.leaveNote(port);
      introduce(origin, await preview?.open(origin));
    },
    onStop: async () => {
      await preview?.close();
      await demo.close();
    },
  });
}

/** Loads the preview on demand: a production image does not contain it. */
async function loadPreview(config: Config, isDemo: boolean) {
  const module = await import('./preview/preview.ts').catch((error) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    console.log('There is no preview: this image does not contain it.');
    return undefined;
  });
  const { viewsDir, accountQueryFile, databaseUrl, secretKeys, previewPort: port } = config;
  const { secretKey } = secretKeys;
  const options = { viewsDir, accountQueryFile, databaseUrl, secretKey, isDemo, port };
  return module?.createPreview(options);
}

function introduce(origin: string, previewUrl: string | undefined): void {
  const url = `${origin}/helpscout`;
  const at = url === 'http://127.0.0.1:3000/helpscout' ? '' : ` --url ${url}`;
  const see = previewUrl === undefined ? '' : `See it as an agent does:\n\n  ${previewUrl}\n\n`;
  console.log(`
${see}helpscout-sidebar answers Help Scout at ${url}
with the customers of a demo company. In another terminal, send it a request:

  ${command('ask', `fredsmith@mailinator.com${at}`)}
  ${command('ask', `tina.trial@example.com${at}`)}
  ${command('ask', `nobody@example.com${at}`)}
  ${command('ask', `--app platform --customer-id 1${at}`)}

Ctrl-C stops it. See README.md for connecting your own database and Help Scout.
`);
}
