import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { accountQueryFile, viewsFolder } from '../../src/domain/package-files.ts';
import { StartError } from '../../src/domain/start-error.ts';
import {
  checkConfig,
  misspeltSettings,
  readConfig,
  settingNames,
} from '../../src/server/config.ts';

const secretKey = 'q7Tz0mW4cK9vB2nX5sL8dF1gH3jR6pYe';
const databaseUrl = 'postgres://sidebar:s3same@db.example.com:5432/hr';
const production = {
  NODE_ENV: 'production',
  HELPSCOUT_SECRET_KEY: secretKey,
  DATABASE_URL: databaseUrl,
};

type Env = Record<string, string | undefined>;

/** All that is said about these settings, in lines. */
function problemsOf(env: Env): string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof StartError) return error.message.split('\n');
    throw error;
  }
  return [];
}

test('takes what is set', () => {
  const env = {
    ...production,
    SHUTDOWN_DELAY_SECONDS: '5',
    KEEP_ALIVE_SECONDS: '30',
    LOG_LEVEL: 'warn',
    DATABASE_CONNECTIONS: '12',
    HELPSCOUT_APP_ID: 'Xn0RgLY1c3pZ',
    HELPSCOUT_APP_SECRET: 'k3Fq9mVt2LwZ',
    PORT: '8080',
    HOST: '10.0.0.1',
    PREVIEW_PORT: '8090',
    METRICS_PORT: '9464',
    METRICS_HOST: '10.0.0.2',
    LOCALE: 'de-CH',
    ACCOUNT_QUERY_FILE: import.meta.filename,
    VIEWS_DIR: import.meta.dirname,
    STRIPE_DASHBOARD_URL: 'https://dashboard.stripe.com/test',
  };
  expect(readConfig(env)).toEqual({
    production: true,
    logLevel: 'warn',
    shutdownDelayMs: 5_000,
    keepAliveMs: 30_000,
    secretKeys: { secretKey, previous: null },
    mailbox: { appId: 'Xn0RgLY1c3pZ', appSecret: 'k3Fq9mVt2LwZ' },
    databaseUrl,
    databaseConnections: 12,
    port: 8080,
    host: '10.0.0.1',
    previewPort: 8090,
    metrics: { port: 9464, host: '10.0.0.2' },
    locale: 'de-CH',
    accountQueryFile: import.meta.filename,
    viewsDir: import.meta.dirname,
    stripeDashboardUrl: 'https://dashboard.stripe.com/test',
  });
});

test('needs two settings in production, and has an answer for the others', () => {
  expect(readConfig(production)).toEqual({
    production: true,
    logLevel: 'info',
    shutdownDelayMs: 0,
    keepAliveMs: 620_000,
    secretKeys: { secretKey, previous: null },
    mailbox: null,
    databaseUrl,
    databaseConnections: 4,
    port: 3000,
    host: '0.0.0.0',
    previewPort: 3001,
    metrics: null,
    locale: 'en-GB',
    accountQueryFile,
    viewsDir: viewsFolder,
    stripeDashboardUrl: 'https://dashboard.stripe.com',
  });
});

test('asks about a name that looks like one that is not set', () => {
  const env = {
    METRICS_PRT: '9464',
    DATABASE_CONECTIONS: '9',
    PORTS: '1',
    PATH: '/bin',
    HOME: '/root',
    REDIS_PORT: '1',
  };
  expect(misspeltSettings({ ...production, ...env })).toEqual([
    'METRICS_PRT is no setting: did you mean METRICS_PORT?',
    'DATABASE_CONECTIONS is no setting: did you mean DATABASE_CONNECTIONS?',
    'PORTS is no setting: did you mean PORT?',
  ]);
  expect(misspeltSettings({ ...production, METRICS_PRT: '9464', METRICS_PORT: '1' })).toEqual([]);
  expect(misspeltSettings({ METRICS_HOST: '127.0.0.1' })).toEqual([]);
});

test.each(settingNames)('asks whether %s was meant by a name that is close to it', (name) => {
  expect(misspeltSettings({ [`${name}_`]: 'x' })).toEqual([
    `${name}_ is no setting: did you mean ${name}?`,
  ]);
});

test('gives a bad setting its default, for commands that examine the others', () => {
  const { config, problems } = checkConfig({ ...production, PORT: 'abc', LOCALE: 'de-CH' });
  expect(config).toMatchObject({ port: 3000, locale: 'de-CH' });
  expect(problems).toHaveLength(1);
});

test('takes an empty setting for one that is not set', () => {
  const empty = {
    PORT: '',
    HOST: '',
    METRICS_PORT: '',
    METRICS_HOST: '',
    LOCALE: '',
    STRIPE_DASHBOARD_URL: '',
  };
  expect(readConfig({ ...production, ...empty })).toEqual(readConfig(production));
});

describe('HELPSCOUT_APP_ID and HELPSCOUT_APP_SECRET', () => {
  const saidOf = (HELPSCOUT_APP_ID: string, HELPSCOUT_APP_SECRET: string) =>
    problemsOf({ ...production, HELPSCOUT_APP_ID, HELPSCOUT_APP_SECRET });

  test.each([
    [
      'k3Fq9mVt2LwZ',
      '',
      'HELPSCOUT_APP_SECRET is not set, but HELPSCOUT_APP_ID is; set both or neither',
    ],
    [
      '',
      'k3Fq9mVt2LwZ',
      'HELPSCOUT_APP_ID is not set, but HELPSCOUT_APP_SECRET is; set both or neither',
    ],
    [
      'k3Fq9mVt2LwZ',
      'k3Fq 9mVt',
      'HELPSCOUT_APP_SECRET must not contain white space; copy it from Help Scout again',
    ],
    [
      'your-secret',
      'k3Fq9mVt2LwZ',
      'HELPSCOUT_APP_ID is still a placeholder; copy it from Help Scout',
    ],
  ])('are refused when they are "%s" and "%s"', (id, secret, message) => {
    expect(saidOf(id, secret)).toEqual([message]);
  });

  test('may both be missing', () => {
    expect(saidOf('', '')).toEqual([]);
  });
});

describe('without a database', () => {
  test('refuses to start', () => {
    expect(problemsOf({ ...production, DATABASE_URL: undefined })).toEqual([
      'DATABASE_URL is not set; set it to postgres://user:password@host:5432/database',
    ]);
    expect(problemsOf({ ...production, DATABASE_URL: '' })).toHaveLength(1);
    expect(problemsOf({ NODE_ENV: 'production' }).map((line) => line.split(' ')[0])).toEqual([
      'DATABASE_URL',
      'HELPSCOUT_SECRET_KEY',
    ]);
  });

  test.each(['development', 'test', ''])('does not take NODE_ENV=%s for production', (NODE_ENV) => {
    expect(readConfig({ ...production, NODE_ENV }).production).toBe(false);
  });
});

test.each(['Production', 'prod', 'live', 'staging', 'production '])(
  'refuses NODE_ENV=%s, with which a preview would show customers',
  (NODE_ENV) => {
    expect(problemsOf({ ...production, NODE_ENV })).toEqual([
      `NODE_ENV must be one of production, development, test, but is "${NODE_ENV}"`,
    ]);
  },
);

describe('HELPSCOUT_SECRET_KEY', () => {
  const recipe = 'make one with: openssl rand -base64 30';
  const saidOf = (value: string | undefined) =>
    problemsOf({ ...production, HELPSCOUT_SECRET_KEY: value });

  test('must be set where customers are real', () => {
    const problem = `HELPSCOUT_SECRET_KEY is not set; ${recipe}, and put the same into Help Scout`;
    expect(saidOf(undefined)).toEqual([problem]);
    expect(saidOf('')).toEqual([problem]);
    expect(problemsOf({ DATABASE_URL: databaseUrl })).toEqual([problem]);
  });

  test('must be neither easy to guess nor longer than Help Scout takes', () => {
    const problem = (length: number) =>
      `HELPSCOUT_SECRET_KEY must have 20 to 40 characters, but has ${length}; ${recipe}`;
    expect(saidOf(`${secretKey}${secretKey}`.slice(0, 19))).toEqual([problem(19)]);
    expect(saidOf(`${secretKey}${secretKey}`.slice(0, 20))).toEqual([]);
    expect(saidOf(`${secretKey}${secretKey}`.slice(0, 40))).toEqual([]);
    expect(saidOf(`${secretKey}${secretKey}`.slice(0, 41))).toEqual([problem(41)]);
  });

  test.each([
    ['before it', ` ${secretKey}`],
    ['behind it', `${secretKey}\n`],
    ['inside', `${secretKey.slice(0, 9)}\t${secretKey.slice(9)}`],
    ['alone', ' '],
    ['in the example of the documentation', 'your secret key'],
  ])('must not have white space %s', (_, value) => {
    expect(saidOf(value)).toEqual([`HELPSCOUT_SECRET_KEY must not contain white space; ${recipe}`]);
  });

  test.each([
    'change-me-change-me-change-me',
    'please_CHANGEME_before_use',
    'your-secret-key-goes-here',
    'an-Example-of-a-secret-key',
    'placeholder-placeholder',
    'xxxxxxxxxxxxxxxxxxxxxxxx',
    'sk_XXXX_q7Tz0mW4cK9vB2nX',
    '000000000000000000000000',
  ])('must not be a placeholder such as %s', (value) => {
    expect(saidOf(value)).toEqual([`HELPSCOUT_SECRET_KEY is still a placeholder; ${recipe}`]);
  });

  test('may be what the recipe makes', () => {
    // openssl rand -base64 30
    expect(saidOf('iyRGloshrcwj+ZR1rEtZSTXFy1K/1Y+WEbwYItwC')).toEqual([]);
  });
});

describe('DATABASE_URL', () => {
  const write = 'write postgres://user:password@host:5432/database';
  const saidOf = (value: string) => problemsOf({ ...production, DATABASE_URL: value });

  test.each([
    databaseUrl,
    databaseUrl.replace('postgres:', 'postgresql:'),
    'postgres:///hr?host=/var/run/postgresql',
    'postgres://sidebar@db.example.com/hr?sslmode=verify-full',
  ])('may be %s', (value) => {
    expect(readConfig({ ...production, DATABASE_URL: value }).databaseUrl).toBe(value);
  });

  test('must be a URL of Postgres, and no message shows its password', () => {
    expect(saidOf('db.example.com/hr')).toEqual([`DATABASE_URL is not a URL; ${write}`]);
    expect(saidOf('mysql://sidebar:s3same@db.example.com/hr')).toEqual([
      `DATABASE_URL begins with "mysql:"; ${write}`,
    ]);
    expect(saidOf('postgres://sidebar:s3same@db.example.com:port/hr')).toEqual([
      `DATABASE_URL has no port from 1 to 65535 where one belongs; ${write}`,
    ]);
  });
});

describe('PORT', () => {
  test.each([
    ['0', 0],
    ['80', 80],
    ['65535', 65_535],
  ])('may be %s', (PORT, port) => {
    expect(readConfig({ ...production, PORT }).port).toBe(port);
  });

  test.each(['abc', '65536', '-1', '80.5', '3000 ', '0x50', '1e3', '٣٠٠٠', '300000', 'NaN'])(
    'must not be %s',
    (PORT) => {
      expect(problemsOf({ ...production, PORT })).toEqual([
        `PORT must be a whole number from 0 to 65535, but is "${PORT}"`,
      ]);
    },
  );
});

describe('PREVIEW_PORT', () => {
  test.each([
    [{}, 3001],
    [{ PORT: '8080' }, 8081],
    [{ PORT: '0' }, 0],
    [{ PORT: '65535' }, 0],
    [{ PREVIEW_PORT: '0' }, 0],
    [{ PREVIEW_PORT: '4000' }, 4000],
  ])('with %j, the preview is at %s', (env, port) => {
    expect(readConfig({ ...production, ...env }).previewPort).toBe(port);
  });

  test('must not be the port of the server or its metrics', () => {
    const both = (other: string, port: string) =>
      `PREVIEW_PORT must be another port than ${other}, but both are "${port}"`;
    expect(problemsOf({ ...production, PREVIEW_PORT: '3000' })).toEqual([both('PORT', '3000')]);
    const metrics = { METRICS_PORT: '9464', PREVIEW_PORT: '9464' };
    expect(problemsOf({ ...production, ...metrics })).toEqual([both('METRICS_PORT', '9464')]);
  });
});

describe('METRICS_PORT', () => {
  test('is on this machine alone, in production too, unless METRICS_HOST says otherwise', () => {
    const metricsOf = (env: Env) => readConfig({ ...production, ...env }).metrics;
    expect(metricsOf({ METRICS_PORT: '9464' })).toEqual({ port: 9464, host: '127.0.0.1' });
    expect(metricsOf({ METRICS_PORT: '9464', METRICS_HOST: '::' })).toMatchObject({ host: '::' });
    expect(metricsOf({ METRICS_PORT: '0', PORT: '0' })).toEqual({ port: 0, host: '127.0.0.1' });
  });

  test.each(['abc', '65536', '-1', '94.64', '9464 ', '0x50', ':9464'])(
    'must not be %s',
    (METRICS_PORT) => {
      expect(problemsOf({ ...production, METRICS_PORT })).toEqual([
        `METRICS_PORT must be a whole number from 0 to 65535, but is "${METRICS_PORT}"`,
      ]);
    },
  );

  test('must not be the port of the server itself', () => {
    const both = (port: string) =>
      `METRICS_PORT must be another port than PORT, but both are "${port}"`;
    expect(problemsOf({ ...production, METRICS_PORT: '3000' })).toEqual([both('3000')]);
    expect(problemsOf({ ...production, PORT: '8080', METRICS_PORT: '8080' })).toEqual([
      both('8080'),
    ]);
  });

  test('is needed by METRICS_HOST', () => {
    expect(problemsOf({ ...production, METRICS_HOST: '0.0.0.0' })).toEqual([
      'METRICS_PORT is not set, but METRICS_HOST is; set both or neither',
    ]);
  });
});

describe('DATABASE_CONNECTIONS', () => {
  test.each(['0', '-1', '1.5', '101', 'auto', ' 2'])('must not be %s', (value) => {
    expect(problemsOf({ ...production, DATABASE_CONNECTIONS: value })).toEqual([
      `DATABASE_CONNECTIONS must be a whole number from 1 to 100, but is "${value}"`,
    ]);
  });
});

describe('LOG_LEVEL', () => {
  test.each(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])(
    'may be %s',
    (value) => {
      expect(readConfig({ ...production, LOG_LEVEL: value }).logLevel).toBe(value);
    },
  );

  test.each(['WARN', 'warning', '30', 'all'])('must not be %s', (value) => {
    expect(problemsOf({ ...production, LOG_LEVEL: value })).toEqual([
      `LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent, but is "${value}"`,
    ]);
  });
});

describe('LOCALE', () => {
  test.each(['de-CH', 'en-US', 'ar-EG', 'zh-Hant-TW'])('may be %s', (LOCALE) => {
    expect(readConfig({ ...production, LOCALE }).locale).toBe(LOCALE);
  });

  test.each(['english', 'en_GB', 'xx', 'e', 'en-', 'C.UTF-8'])('must not be %s', (LOCALE) => {
    expect(problemsOf({ ...production, LOCALE })).toEqual([
      `LOCALE must be a language tag such as en-GB or de-CH, but is "${LOCALE}"`,
    ]);
  });
});

describe('STRIPE_DASHBOARD_URL', () => {
  const readUrl = (STRIPE_DASHBOARD_URL: string) =>
    readConfig({ ...production, STRIPE_DASHBOARD_URL }).stripeDashboardUrl;

  test('may end in a slash or not', () => {
    expect(readUrl('https://dashboard.stripe.com/')).toBe('https://dashboard.stripe.com');
    expect(readUrl('https://dashboard.stripe.com/test//')).toBe(
      'https://dashboard.stripe.com/test',
    );
    expect(readUrl('http://localhost:8080')).toBe('http://localhost:8080');
  });

  test.each([
    'dashboard.stripe.com',
    'javascript:alert(1)',
    'ftp://stripe.com',
    'https://',
    '/test',
  ])('must not be %s', (STRIPE_DASHBOARD_URL) => {
    expect(problemsOf({ ...production, STRIPE_DASHBOARD_URL })).toEqual([
      `STRIPE_DASHBOARD_URL must be a web address such as https://dashboard.stripe.com, but is "${STRIPE_DASHBOARD_URL}"`,
    ]);
  });
});

test('names everything that is wrong at once, each on its line', () => {
  const wrong = {
    NODE_ENV: 'production',
    HELPSCOUT_SECRET_KEY: 'short',
    PORT: 'abc',
    LOCALE: 'xx',
    STRIPE_DASHBOARD_URL: 'stripe',
  };
  expect(problemsOf(wrong).map((line) => line.split(' ')[0])).toEqual([
    'DATABASE_URL',
    'HELPSCOUT_SECRET_KEY',
    'PORT',
    'LOCALE',
    'STRIPE_DASHBOARD_URL',
  ]);
});

test('never prints a Secret Key or a password', () => {
  const secretKeys = [
    's3same',
    's3same s3same s3same s3same',
    's3same'.repeat(9),
    's3same-CHANGE-ME-now',
  ];
  const urls = [
    'sidebar:s3same@db.example.com/hr',
    '//sidebar:s3same@db.example.com/hr',
    'mysql://sidebar:s3same@db.example.com/hr',
    'postgres://sidebar:s3same@db.example.com:port/hr',
    'postgres://sidebar:s3same#@db.example.com/hr s3same',
    'host=db.example.com password=s3same',
  ];
  for (const HELPSCOUT_SECRET_KEY of secretKeys) {
    const said = problemsOf({ ...production, HELPSCOUT_SECRET_KEY });
    expect(said).toHaveLength(1);
    expect(said.join()).not.toMatch(/s3same/i);
  }
  for (const DATABASE_URL of urls) {
    const said = problemsOf({ ...production, DATABASE_URL, PORT: 'abc' });
    expect(said.length).toBeGreaterThan(0);
    expect(said.join()).not.toMatch(/s3same/i);
  }
});

test.each([
  ['ACCOUNT_QUERY_FILE', '/nowhere/account.sql', 'file'],
  ['ACCOUNT_QUERY_FILE', import.meta.dirname, 'file'],
  ['VIEWS_DIR', '/nowhere/views', 'folder'],
  ['VIEWS_DIR', import.meta.filename, 'folder'],
])('%s must not be %s', (name, path, what) => {
  expect(() => readConfig({ [name]: path })).toThrow(
    `${name} must be a ${what} that exists, but is "${path}"`,
  );
});

test('a relative path is taken from the current folder, which is named where nothing is there', () => {
  expect(readConfig({ ...production, VIEWS_DIR: 'views' }).viewsDir).toBe('views');
  expect(() => readConfig({ VIEWS_DIR: 'nowhere' })).toThrow(
    `VIEWS_DIR must be a folder that exists, but is "nowhere" (${resolve('nowhere')})`,
  );
});

describe('the key before', () => {
  const previous = { HELPSCOUT_SECRET_KEY_PREVIOUS: 'previous-of-some-length' };
  const problems = (env: Record<string, string>) => {
    try {
      readConfig({ ...production, ...env });
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };

  test('is good until its date', () => {
    const env = { ...previous, HELPSCOUT_SECRET_KEY_PREVIOUS_UNTIL: '2027-01-31' };
    expect(readConfig({ ...production, ...env }).secretKeys.previous).toEqual({
      secretKey: 'previous-of-some-length',
      until: new Date('2027-01-31T00:00:00Z'),
    });
  });

  test('needs a date, and the date needs it', () => {
    expect(problems(previous)).toBe(
      'HELPSCOUT_SECRET_KEY_PREVIOUS_UNTIL is not set, but HELPSCOUT_SECRET_KEY_PREVIOUS is; set both or neither',
    );
    expect(problems({ ...previous, HELPSCOUT_SECRET_KEY_PREVIOUS_UNTIL: 'soon' })).toBe(
      'HELPSCOUT_SECRET_KEY_PREVIOUS_UNTIL must be a date such as 2027-01-31 or 2027-01-31T18:00:00Z, but is "soon"',
    );
    expect(problems({ HELPSCOUT_SECRET_KEY_PREVIOUS_UNTIL: '2027-01-31' })).toContain(
      'HELPSCOUT_SECRET_KEY_PREVIOUS is not set, but HELPSCOUT_SECRET_KEY_PREVIOUS_UNTIL is',
    );
  });

  test('must be as good as the present one, and is not shown either', () => {
    const message = problems({
      HELPSCOUT_SECRET_KEY_PREVIOUS: 'canary',
      HELPSCOUT_SECRET_KEY_PREVIOUS_UNTIL: '2027-01-31',
    });
    expect(message).toContain('HELPSCOUT_SECRET_KEY_PREVIOUS must have 20 to 40 characters');
    expect(message).not.toContain('canary');
  });
});

test.each(['-1', '61', '1.5', 'soon'])('waits no %s seconds before it stops', (value) => {
  expect(() => readConfig({ ...production, SHUTDOWN_DELAY_SECONDS: value })).toThrow(
    `SHUTDOWN_DELAY_SECONDS must be a whole number from 0 to 60, but is "${value}"`,
  );
});
