import { randomBytes } from 'node:crypto';
import { command } from '../domain/command.ts';
import { isLoopback } from '../http/listen.ts';
import { type Config, misspeltSettings, readConfig } from '../server/config.ts';
import { type ServeOptions, serve } from '../server/serve.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Runs the server: with a preview outside production, and with the demo where there is no database. */
export async function run(env: Env): Promise<void> {
  const warnings = misspeltSettings(env);
  if (!env['DATABASE_URL'] && env['NODE_ENV'] !== 'production') return runDemo(env, warnings);
  const config = readConfig(env);
  const wrap = config.production ? null : await previewOf(config, false);
  const onListening = async (origin: string) => {
    if (wrap !== null) console.log(`See it at ${origin}/preview`);
  };
  await serve(config, { warnings, onListening, ...(wrap && { wrap }) });
}

/** Loaded only here: a production install has neither the demo nor its Postgres. */
async function runDemo(env: Env, warnings: readonly string[]): Promise<void> {
  console.log(
    `This is the demo: with DATABASE_URL set, ${command('serve')} reads your own database.`,
  );
  const madeUpKey = env['HELPSCOUT_SECRET_KEY'] ? null : randomBytes(30).toString('base64');
  const withKey = madeUpKey === null ? env : { ...env, HELPSCOUT_SECRET_KEY: madeUpKey };
  // A bad setting is named before Postgres is unpacked.
  readConfig({ ...withKey, DATABASE_URL: 'postgres://demo' });
  const { openDemo } = await import('./demo/demo.ts');
  const demo = await openDemo(new Date(), console.log, madeUpKey);
  const config = readConfig({ ...withKey, DATABASE_URL: demo.url });
  const wrap = await previewOf(config, true);
  await serve(config, {
    warnings,
    ...(config.mailbox === null && { mailbox: demo.mailbox }),
    ...(wrap && { wrap }),
    onListening: async (origin, port) => {
      await demo.leaveNote(port);
      introduce(origin, wrap !== null);
    },
    onStop: demo.close,
  });
}

/** Loaded only here: no production install has it, and none would let it be opened. */
async function previewOf(
  config: Config,
  isDemo: boolean,
): Promise<NonNullable<ServeOptions['wrap']> | null> {
  if (!isLoopback(config.host)) {
    console.log(
      `There is no preview: it opens only where HOST is this machine's own 127.0.0.1, but HOST is "${config.host}".`,
    );
    return null;
  }
  const preview = await import('./preview/preview.ts').catch((error) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    console.log('There is no preview: it is not part of the image.');
    return null;
  });
  const { viewsDir, accountQueryFile, databaseUrl, secretKeys } = config;
  const { secretKey } = secretKeys;
  const options = { viewsDir, accountQueryFile, databaseUrl, secretKey, isDemo };
  return preview && ((dependencies) => preview.openPreview(options, dependencies));
}

function introduce(origin: string, hasPreview: boolean): void {
  const url = `${origin}/helpscout`;
  const at = url === 'http://127.0.0.1:3000/helpscout' ? '' : ` --url ${url}`;
  const see = hasPreview ? `See it, as an agent would:\n\n  ${origin}/preview\n\n` : '';
  console.log(`
${see}helpscout-sidebar answers Help Scout at ${url}
with the people of a demo company. In another terminal, ask it who somebody is:

  ${command('ask', `fredsmith@mailinator.com${at}`)}
  ${command('ask', `tina.trial@example.com${at}`)}
  ${command('ask', `nobody@example.com${at}`)}
  ${command('ask', `--app platform --customer-id 1${at}`)}

Ctrl-C stops it. README.md says how to connect your own database and Help Scout.
`);
}
