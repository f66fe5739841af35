import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { checkConfig } from '../../src/server/config.ts';
import { secretKey } from '../examples.ts';
import { settings } from '../manifests.ts';

// compose.yaml, as far as it can be examined without Docker; `npm run test:deploy` has
// docker-compose read it, and Postgres be filled as it says.

const root = fileURLToPath(new URL('../..', import.meta.url));
const { services, networks } = parse(readFileSync(`${root}compose.yaml`, 'utf8'));
const { sidebar, postgres } = services;

/** The server's environment as compose would make it. */
function interpolated(values: Record<string, string>): Record<string, string> {
  const fill = (text: string) =>
    text.replace(/\$\{(\w+):([-?])([^}]*)\}/g, (_, name, kind, otherwise) => {
      if (kind === '?' && values[name] === undefined) throw new Error(`${name}: ${otherwise}`);
      return values[name] ?? otherwise;
    });
  const environment = Object.entries<string>(sidebar.environment);
  return Object.fromEntries(environment.map(([name, value]) => [name, fill(value)]));
}

const filled = { HELPSCOUT_SECRET_KEY: secretKey, SIDEBAR_PASSWORD: 'a1b2c3' };

test('gives the server settings that it has, and takes', () => {
  for (const name of Object.keys(sidebar.environment)) expect(settings).toContain(name);
  const env = { NODE_ENV: 'production', ...interpolated(filled) };
  expect(checkConfig(env).problems).toEqual([]);
});

test.each(Object.keys(filled))('has nothing to put in place of %s', (name) => {
  const { [name as keyof typeof filled]: _, ...rest } = filled;
  expect(() => interpolated(rest)).toThrow(name);
});

test('passes on what may be left out', () => {
  const optional = { HELPSCOUT_APP_ID: 'an-id', HELPSCOUT_APP_SECRET: 'a-secret', LOCALE: 'de-CH' };
  expect(interpolated({ ...filled, ...optional })).toMatchObject(optional);
});

test('has no secret in it, and none that Postgres could do without', () => {
  for (const [name, value] of Object.entries({ ...sidebar.environment, ...postgres.environment }))
    if (/SECRET|PASSWORD|URL/.test(name)) expect(value, name).toMatch(/\$\{\w+:(\?.+|-)\}/);
  expect(sidebar.env_file).toBeUndefined();
});

test('locks both in', () => {
  for (const service of [sidebar, postgres])
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
  expect(postgres.user).toBe('postgres');
});

test('opens one port, to this machine only, and none of Postgres', () => {
  expect(sidebar.ports).toEqual([expect.stringMatching(/^127\.0\.0\.1:\$\{\w+:-3000\}:3000$/)]);
  expect(readFileSync(`${root}Dockerfile`, 'utf8')).toMatch(/^EXPOSE 3000$/m);
  expect(sidebar.environment).not.toHaveProperty('PORT');
  expect(postgres.ports).toBeUndefined();
  expect(postgres.networks.every((name: string) => networks[name].internal)).toBe(true);
});

test('joins networks that there are', () => {
  for (const { networks: joined } of [sidebar, postgres])
    for (const name of joined) expect(Object.keys(networks)).toContain(name);
});

test('mounts what there is, and waits until it was put in', () => {
  for (const volume of postgres.volumes) {
    const [here, , how] = volume.split(':');
    expect(existsSync(`${root}${here}`), here).toBe(true);
    expect(how).toBe('ro');
  }
  expect(sidebar.depends_on.postgres.condition).toBe('service_healthy');
  // By its socket, Postgres answers while it is being filled.
  expect(postgres.healthcheck.test).toContain('--host=127.0.0.1');
});
