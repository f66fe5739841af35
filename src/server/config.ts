import { statSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { didYouMean } from '../domain/did-you-mean.ts';
import { accountQueryFile, viewsFolder } from '../domain/package-files.ts';
import { StartError } from '../domain/start-error.ts';
import type { SecretKeys } from '../helpscout/signature.ts';

/** Every setting, checked. The table in docs/operations.md and `.env.example` explain them. */
export type Config = {
  production: boolean;
  /** How long to go on answering, with `/readyz` at 503, after being told to stop. */
  shutdownDelayMs: number;
  secretKeys: SecretKeys;
  /** Of the application that may ask Help Scout's Mailbox API; null without one. */
  mailbox: { appId: string; appSecret: string } | null;
  databaseUrl: string;
  /** The most connections that are kept to the database. */
  databaseConnections: number;
  port: number;
  host: string;
  /** Where metrics and the status page are; null where they are not wanted. */
  metrics: { port: number; host: string } | null;
  locale: string;
  /** The file of the account query. */
  accountQueryFile: string;
  /** The folder of the views. */
  viewsDir: string;
  /** Without a slash at the end. */
  stripeDashboardUrl: string;
};

/** Names every bad setting at once; the message is for the operator's console. */
export class ConfigError extends StartError {
  override name = 'ConfigError';

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

type Env = Readonly<Record<string, string | undefined>>;

/** Reads all settings from `env`; throws one `ConfigError` that names all that is wrong. */
export function readConfig(env: Env): Config {
  const { config, problems } = checkConfig(env);
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/** All settings, and what is wrong with some: each problem begins with the setting's name. */
export function checkConfig(env: Env): { config: Config; problems: string[] } {
  const problems: string[] = [];
  const problem = (text: string): undefined => {
    problems.push(text);
  };

  const production = readMode(env, problem);
  const config: Config = {
    production,
    databaseUrl: readDatabaseUrl(env, problem),
    databaseConnections: readNumber(env, 'DATABASE_CONNECTIONS', connectionCount, problem),
    shutdownDelayMs: readNumber(env, 'SHUTDOWN_DELAY_SECONDS', delaySeconds, problem) * 1_000,
    secretKeys: {
      secretKey: readSecretKey(env, problem),
      previous: readPreviousKey(env, problem),
    },
    mailbox: readMailbox(env, problem),
    port: readNumber(env, 'PORT', portNumber, problem),
    host: setting(env, 'HOST') ?? (production ? '0.0.0.0' : '127.0.0.1'),
    metrics: readMetrics(env, problem),
    locale: readLocale(env, problem),
    accountQueryFile: readPath(env, 'ACCOUNT_QUERY_FILE', accountQueryFile, 'file', problem),
    viewsDir: readPath(env, 'VIEWS_DIR', viewsFolder, 'folder', problem),
    stripeDashboardUrl: readDashboardUrl(env, problem),
  };
  return { config, problems };
}

type Problem = (text: string) => undefined;

/** All that are read. */
const settingNames = [
  'NODE_ENV',
  'HELPSCOUT_SECRET_KEY',
  'HELPSCOUT_SECRET_KEY_PREVIOUS',
  'HELPSCOUT_SECRET_KEY_PREVIOUS_UNTIL',
  'HELPSCOUT_APP_ID',
  'HELPSCOUT_APP_SECRET',
  'DATABASE_URL',
  'DATABASE_CONNECTIONS',
  'ACCOUNT_QUERY_FILE',
  'VIEWS_DIR',
  'PORT',
  'HOST',
  'METRICS_PORT',
  'METRICS_HOST',
  'SHUTDOWN_DELAY_SECONDS',
  'LOCALE',
  'STRIPE_DASHBOARD_URL',
];

/** What looks like a setting that is not set, and is none: the environment has much that is not ours. */
export function misspeltSettings(env: Env): string[] {
  const missing = settingNames.filter((name) => setting(env, name) === null);
  return Object.keys(env).flatMap((name) => {
    const meant = settingNames.includes(name) ? null : didYouMean(name, missing);
    return meant === null ? [] : `${name} is no setting: did you mean ${meant}?`;
  });
}

/** `NAME=` in an env file means "not set". */
function setting(env: Env, name: string): string | null {
  const value = env[name];
  return value === undefined || value === '' ? null : value;
}

/** Anything else is refused: taken for development, it would open a preview of customers. */
function readMode(env: Env, problem: Problem): boolean {
  const mode = setting(env, 'NODE_ENV') ?? 'development';
  if (!['production', 'development', 'test'].includes(mode))
    problem(
      `NODE_ENV is "${mode}": did you mean production? It takes development and test, too, or nothing`,
    );
  return mode === 'production';
}

/** 40 characters is the most that Help Scout takes; fewer than 20 can be guessed. */
const shortestSecretKey = 20;
const longestSecretKey = 40;
const placeholder = /change.?me|your.?secret|example|placeholder|xxxx|^(.)\1*$/i;
const secretKeyRecipe = 'make one with: openssl rand -base64 30';

/** No message shows any part of the value. */
function readSecretKey(env: Env, problem: Problem): string {
  const name = 'HELPSCOUT_SECRET_KEY';
  const value = setting(env, name);
  if (value !== null) return checkedKey(name, value, problem);
  problem(`${name} is not set; ${secretKeyRecipe}, and put the same into Help Scout`);
  return '';
}

/** While Help Scout's key is being changed, the old one is good until a date. */
function readPreviousKey(env: Env, problem: Problem): SecretKeys['previous'] {
  const name = 'HELPSCOUT_SECRET_KEY_PREVIOUS';
  const value = setting(env, name);
  const date = setting(env, `${name}_UNTIL`);
  if (value === null) {
    if (date !== null) problem(`${name}_UNTIL is set, but ${name} is not`);
    return null;
  }
  const until = new Date(date ?? Number.NaN);
  if (Number.isNaN(until.getTime()))
    problem(
      `${name}_UNTIL must say when the old key ends, as in 2027-01-31 or 2027-01-31T18:00:00Z, but is "${date ?? ''}"`,
    );
  return { secretKey: checkedKey(name, value, problem), until };
}

function checkedKey(name: string, value: string, problem: Problem): string {
  const explain = (fault: string) => problem(`${name} ${fault}; ${secretKeyRecipe}`);
  if (/\s/.test(value)) explain('must not contain white space');
  else if (value.length < shortestSecretKey || value.length > longestSecretKey)
    explain(
      `must have ${shortestSecretKey} to ${longestSecretKey} characters, but has ${value.length}`,
    );
  else if (placeholder.test(value)) explain('is still a placeholder');
  return value;
}

/** A platform app needs them to learn a customer's addresses. No message shows the secret. */
function readMailbox(env: Env, problem: Problem): Config['mailbox'] {
  const appId = setting(env, 'HELPSCOUT_APP_ID');
  const appSecret = setting(env, 'HELPSCOUT_APP_SECRET');
  const values = { HELPSCOUT_APP_ID: appId, HELPSCOUT_APP_SECRET: appSecret };
  for (const [name, value] of Object.entries(values)) {
    const [other] = Object.keys(values).filter((one) => one !== name);
    if (value === null && (appId ?? appSecret) !== null)
      problem(`${name} is not set, but ${other} is; Help Scout shows both of an application`);
    else if (value !== null && /\s/.test(value)) problem(`${name} must not contain white space`);
    else if (value !== null && placeholder.test(value)) problem(`${name} is still a placeholder`);
  }
  return appId === null || appSecret === null ? null : { appId, appSecret };
}

/** The value may hold a password, so only its scheme is ever quoted. */
function readDatabaseUrl(env: Env, problem: Problem): string {
  const name = 'DATABASE_URL';
  const value = setting(env, name);
  const form = 'postgres://user:password@host:5432/database';
  if (value === null) {
    problem(`${name} is not set; set it to ${form}`);
    return '';
  }
  if (!URL.canParse(value)) problem(`${name} must look like ${form}, but is not a URL`);
  else {
    const { protocol } = new URL(value);
    if (protocol !== 'postgres:' && protocol !== 'postgresql:')
      problem(`${name} must look like ${form}, but begins with "${protocol}"`);
  }
  return value;
}

function readPath(
  env: Env,
  name: string,
  usual: string,
  what: 'file' | 'folder',
  problem: Problem,
): string {
  const path = setting(env, name) ?? usual;
  const found = statSync(path, { throwIfNoEntry: false });
  if (!(what === 'file' ? found?.isFile() : found?.isDirectory()))
    problem(`${name} must be a ${what} that exists, but is ${quotedPath(path)}`);
  return path;
}

/** A path that is not absolute is meant from the current folder, where `.env` lies, too. */
const quotedPath = (path: string) =>
  isAbsolute(path) ? `"${path}"` : `"${path}" (${resolve(path)})`;

/** On this machine alone, in production too: they say how things go to whoever asks. */
function readMetrics(env: Env, problem: Problem): Config['metrics'] {
  const host = setting(env, 'METRICS_HOST');
  const value = setting(env, 'METRICS_PORT');
  if (value === null) {
    if (host !== null) problem('METRICS_HOST is set, but METRICS_PORT is not');
    return null;
  }
  if (value !== '0' && value === (setting(env, 'PORT') ?? '3000'))
    problem(`METRICS_PORT must be another port than PORT, but both are "${value}"`);
  return { port: readNumber(env, 'METRICS_PORT', portNumber, problem), host: host ?? '127.0.0.1' };
}

type WholeNumber = { what: string; from: number; to: number; usual: number };

const portNumber = { what: 'a port number', from: 0, to: 65_535, usual: 3_000 };
const delaySeconds = { what: 'seconds', from: 0, to: 60, usual: 0 };
/** Enough for a few cores. A lookup that finds none of them free waits for one. */
const connectionCount = { what: 'a number', from: 1, to: 100, usual: 4 };

function readNumber(env: Env, name: string, wanted: WholeNumber, problem: Problem): number {
  const { what, from, to, usual } = wanted;
  const value = setting(env, name) ?? String(usual);
  const number = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= from && number <= to) return number;
  problem(`${name} must be ${what} from ${from} to ${to}, but is "${value}"`);
  return usual;
}

function readLocale(env: Env, problem: Problem): string {
  const value = setting(env, 'LOCALE') ?? 'en-GB';
  try {
    if (Intl.DateTimeFormat.supportedLocalesOf(value).length > 0) return value;
  } catch {
    // Not even the form of a language tag: the same problem to whoever set it.
  }
  problem(`LOCALE must be a language tag such as en-GB or de-CH, but is "${value}"`);
  return value;
}

function readDashboardUrl(env: Env, problem: Problem): string {
  const name = 'STRIPE_DASHBOARD_URL';
  const value = setting(env, name) ?? 'https://dashboard.stripe.com';
  const isWebPage = URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
  if (!isWebPage)
    problem(
      `${name} must be a web address such as https://dashboard.stripe.com, but is "${value}"`,
    );
  return value.replace(/\/+$/, '');
}
