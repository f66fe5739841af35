import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { didYouMean } from '../domain/did-you-mean.ts';
import { accountQueryFile, viewsFolder } from '../domain/package-files.ts';
import { StartError } from '../domain/start-error.ts';
import {
  DatabaseUrlError,
  databaseUrlForm,
  parseDatabaseUrl,
} from '../postgres/connection-string.ts';

/** What is wrong with a value, as in "must be …"; null when nothing is. */
type Check = (value: string) => string | null;

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
const portNumber = wholeNumber(0, 65_535);
const anything: Check = () => null;

/** Each setting with its default, where '' is not set, and its check. */
const settings = {
  // An unknown value must not pass for development, which opens a preview of customers.
  NODE_ENV: ['development', oneOf(['production', 'development', 'test'])],
  DATABASE_URL: ['', checkDatabaseUrl],
  // Enough for a few cores: a lookup that finds no connection idle waits for one.
  DATABASE_CONNECTIONS: ['4', wholeNumber(1, 100)],
  HELPSCOUT_SECRET_KEY: ['', checkSecretKey],
  HELPSCOUT_SECRET_KEY_PREVIOUS: ['', checkSecretKey],
  HELPSCOUT_SECRET_KEY_PREVIOUS_UNTIL: ['', checkDate],
  HELPSCOUT_APP_ID: ['', checkCredential],
  HELPSCOUT_APP_SECRET: ['', checkCredential],
  PORT: ['3000', portNumber],
  HOST: ['', anything],
  PREVIEW_PORT: ['', portNumber],
  METRICS_PORT: ['', portNumber],
  METRICS_HOST: ['127.0.0.1', anything],
  SHUTDOWN_DELAY_SECONDS: ['0', wholeNumber(0, 60)],
  KEEP_ALIVE_SECONDS: ['620', wholeNumber(1, 3_600)],
  ACCOUNT_QUERY_FILE: [accountQueryFile, existing('file')],
  VIEWS_DIR: [viewsFolder, existing('folder')],
  LOG_LEVEL: ['info', oneOf(logLevels)],
  LOCALE: ['en-GB', checkLocale],
  STRIPE_DASHBOARD_URL: ['https://dashboard.stripe.com', checkWebAddress],
} satisfies Record<string, [defaultValue: string, check: Check]>;

type Name = keyof typeof settings;
export const settingNames = Object.keys(settings) as Name[];

const secretKeyRecipe = 'make one with: openssl rand -base64 30';

const required: readonly (readonly [Name, remedy: string])[] = [
  ['DATABASE_URL', `set it to ${databaseUrlForm}`],
  ['HELPSCOUT_SECRET_KEY', `${secretKeyRecipe}, and put the same into Help Scout`],
];

/** Where the first is set, the second must be, too. */
const dependent: readonly (readonly [Name, Name])[] = [
  ['HELPSCOUT_SECRET_KEY_PREVIOUS', 'HELPSCOUT_SECRET_KEY_PREVIOUS_UNTIL'],
  ['HELPSCOUT_SECRET_KEY_PREVIOUS_UNTIL', 'HELPSCOUT_SECRET_KEY_PREVIOUS'],
  ['HELPSCOUT_APP_ID', 'HELPSCOUT_APP_SECRET'],
  ['HELPSCOUT_APP_SECRET', 'HELPSCOUT_APP_ID'],
  ['METRICS_HOST', 'METRICS_PORT'],
];

/** Each needs a port of its own. */
const distinct: readonly (readonly [Name, Name])[] = [
  ['METRICS_PORT', 'PORT'],
  ['PREVIEW_PORT', 'PORT'],
  ['PREVIEW_PORT', 'METRICS_PORT'],
];

type Env = Readonly<Record<string, string | undefined>>;

/** Throws one error that names every bad setting. */
export function readConfig(env: Env): Config {
  const { config, problems } = checkConfig(env);
  if (problems.length > 0) throw new StartError(problems.join('\n'));
  return config;
}

/** All settings, bad ones with their default; each problem begins with the setting's name. */
export function checkConfig(env: Env): { config: Config; problems: string[] } {
  const problems: string[] = [];
  // `NAME=` in an env file means "not set".
  for (const [name, remedy] of required)
    if (!env[name]) problems.push(`${name} is not set; ${remedy}`);
  for (const [name, needed] of dependent)
    if (env[name] && !env[needed])
      problems.push(`${needed} is not set, but ${name} is; set both or neither`);

  const values = {} as Record<Name, string>;
  for (const name of settingNames) {
    const [defaultValue, check] = settings[name];
    const value = env[name] || defaultValue;
    const problem = value === '' ? null : check(value);
    if (problem !== null) problems.push(`${name} ${problem}`);
    values[name] = problem === null ? value : defaultValue;
  }
  for (const [name, other] of distinct)
    if (values[name] === values[other] && Number(values[name]) > 0)
      problems.push(`${name} must be another port than ${other}, but both are "${values[name]}"`);
  return { config: toConfig(values), problems };
}

export type Config = ReturnType<typeof toConfig>;

function toConfig(values: Readonly<Record<Name, string>>) {
  const production = values.NODE_ENV === 'production';
  const { HELPSCOUT_SECRET_KEY: secretKey, HELPSCOUT_SECRET_KEY_PREVIOUS: previous } = values;
  const until = new Date(values.HELPSCOUT_SECRET_KEY_PREVIOUS_UNTIL);
  const { HELPSCOUT_APP_ID: appId, HELPSCOUT_APP_SECRET: appSecret } = values;
  const { METRICS_PORT: metricsPort, METRICS_HOST: metricsHost, PREVIEW_PORT } = values;
  const port = Number(values.PORT);
  // Next to PORT; 0 takes a free one.
  const nextPort = port === 0 ? 0 : (port + 1) % 65_536;
  return {
    production,
    logLevel: values.LOG_LEVEL as (typeof logLevels)[number],
    databaseUrl: values.DATABASE_URL,
    databaseConnections: Number(values.DATABASE_CONNECTIONS),
    shutdownDelayMs: Number(values.SHUTDOWN_DELAY_SECONDS) * 1_000,
    keepAliveMs: Number(values.KEEP_ALIVE_SECONDS) * 1_000,
    secretKeys: { secretKey, previous: previous === '' ? null : { secretKey: previous, until } },
    /** Credentials for Help Scout's Mailbox API. */
    mailbox: appId === '' || appSecret === '' ? null : { appId, appSecret },
    port,
    host: values.HOST || (production ? '0.0.0.0' : '127.0.0.1'),
    /** On 127.0.0.1, and never in production. */
    previewPort: PREVIEW_PORT === '' ? nextPort : Number(PREVIEW_PORT),
    /** Where metrics and the status page are served. */
    metrics: metricsPort === '' ? null : { port: Number(metricsPort), host: metricsHost },
    locale: values.LOCALE,
    accountQueryFile: values.ACCOUNT_QUERY_FILE,
    viewsDir: values.VIEWS_DIR,
    stripeDashboardUrl: values.STRIPE_DASHBOARD_URL.replace(/\/+$/, ''),
  };
}

/** Names in the environment that are close to a setting which is not set. */
export function misspeltSettings(env: Env): string[] {
  const unset = settingNames.filter((name) => !env[name]);
  return Object.keys(env).flatMap((name) => {
    const meant = Object.hasOwn(settings, name) ? null : didYouMean(name, unset);
    return meant === null ? [] : `${name} is no setting: did you mean ${meant}?`;
  });
}

function oneOf(choices: readonly string[]): Check {
  return (value) =>
    choices.includes(value) ? null : `must be one of ${choices.join(', ')}, but is "${value}"`;
}

function wholeNumber(min: number, max: number): Check {
  return (value) => {
    if (/^\d{1,5}$/.test(value) && Number(value) >= min && Number(value) <= max) return null;
    return `must be a whole number from ${min} to ${max}, but is "${value}"`;
  };
}

function existing(kind: 'file' | 'folder'): Check {
  return (path) => {
    const found = statSync(path, { throwIfNoEntry: false });
    if (kind === 'file' ? found?.isFile() : found?.isDirectory()) return null;
    const absolute = resolve(path) === path ? '' : ` (${resolve(path)})`;
    return `must be a ${kind} that exists, but is "${path}"${absolute}`;
  };
}

function checkDatabaseUrl(value: string): string | null {
  try {
    parseDatabaseUrl(value);
    return null;
  } catch (error) {
    if (error instanceof DatabaseUrlError) return error.problem;
    throw error;
  }
}

const placeholder = /change.?me|your.?secret|example|placeholder|xxxx|^(.)\1*$/i;

/** Help Scout accepts up to 40 characters; fewer than 20 can be guessed. No message shows any. */
function checkSecretKey(key: string): string | null {
  if (/\s/.test(key)) return `must not contain white space; ${secretKeyRecipe}`;
  if (key.length < 20 || key.length > 40)
    return `must have 20 to 40 characters, but has ${key.length}; ${secretKeyRecipe}`;
  return placeholder.test(key) ? `is still a placeholder; ${secretKeyRecipe}` : null;
}

/** No message shows any part of the value. */
function checkCredential(value: string): string | null {
  if (/\s/.test(value)) return 'must not contain white space; copy it from Help Scout again';
  return placeholder.test(value) ? 'is still a placeholder; copy it from Help Scout' : null;
}

function checkDate(value: string): string | null {
  if (!Number.isNaN(Date.parse(value))) return null;
  return `must be a date such as 2027-01-31 or 2027-01-31T18:00:00Z, but is "${value}"`;
}

function checkLocale(value: string): string | null {
  try {
    if (Intl.DateTimeFormat.supportedLocalesOf(value).length > 0) return null;
  } catch {
    // Not even the form of a language tag.
  }
  return `must be a language tag such as en-GB or de-CH, but is "${value}"`;
}

function checkWebAddress(value: string): string | null {
  if (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)) return null;
  return `must be a web address such as https://dashboard.stripe.com, but is "${value}"`;
}
