import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { checkConfig } from '../../src/server/config.ts';
import { hardStopMs } from '../../src/server/shutdown.ts';
import { secretKey } from '../examples.ts';
import { settings } from '../manifests.ts';

// compose.yaml, as far as it can be examined without Docker; `npm run test:deploy` has
// docker-compose read it, and `npm run test:scale` starts its HAProxy.

const root = fileURLToPath(new URL('../..', import.meta.url));
const { services, networks } = parse(readFileSync(`${root}compose.yaml`, 'utf8'));
const { sidebar, haproxy, postgres } = services;

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

test('gives the image memory for its heap, and half as much besides', () => {
  const dockerfile = readFileSync(new URL('../../Dockerfile', import.meta.url), 'utf8');
  const heap = /^ENV .*NODE_OPTIONS=--max-old-space-size=(\d+)$/m.exec(dockerfile)?.[1];
  expect(1.5 * Number(heap)).toBeLessThanOrEqual(Number.parseInt(sidebar.mem_limit, 10));
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

test('locks all in', () => {
  for (const service of [sidebar, haproxy, postgres])
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
  expect(postgres.user).toBe('postgres');
});

test('opens one port, to this machine only, and none of Postgres', () => {
  expect(haproxy.ports).toEqual([expect.stringMatching(/^127\.0\.0\.1:\$\{\w+:-3000\}:8080$/)]);
  expect(readFileSync(`${root}Dockerfile`, 'utf8')).toMatch(/^EXPOSE 3000$/m);
  expect(sidebar.environment).not.toHaveProperty('PORT');
  // A port of the host can belong to one replica only.
  expect(sidebar.ports).toBeUndefined();
  expect(postgres.ports).toBeUndefined();
  expect(postgres.networks.every((name: string) => networks[name].internal)).toBe(true);
});

test('joins networks that there are', () => {
  for (const { networks: joined } of [sidebar, haproxy, postgres])
    for (const name of joined) expect(Object.keys(networks)).toContain(name);
});

test('mounts what there is, and waits until it was put in', () => {
  for (const volume of [...haproxy.volumes, ...postgres.volumes]) {
    const [here, , how] = volume.split(':');
    expect(existsSync(`${root}${here}`), here).toBe(true);
    expect(how).toBe('ro');
  }
  expect(sidebar.depends_on.postgres.condition).toBe('service_healthy');
  // By its socket, Postgres answers while it is being filled.
  expect(postgres.healthcheck.test).toContain('--host=127.0.0.1');
});

/** The lines of a section without comments and its addresses. */
function section(file: string, heading: string): string[] {
  const lines = readFileSync(`${root}deploy/${file}`, 'utf8').split('\n');
  const begin = lines.indexOf(heading);
  expect(begin, `${file}: ${heading}`).toBeGreaterThan(-1);
  const end = lines.findIndex((line, at) => at > begin && /^\w/.test(line));
  return lines
    .slice(begin + 1, end === -1 ? lines.length : end)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(#|bind|server|use_backend)/.test(line));
}

test.each(['defaults http', 'frontend helpscout', 'backend sidebars'])(
  'has the same %s as the HAProxy on hosts of its own',
  (heading) => {
    const lines = section('compose/haproxy.cfg', heading);
    expect(lines.length).toBeGreaterThan(3);
    expect(lines).toEqual(section('haproxy/haproxy.cfg', heading));
  },
);

test('lets HAProxy find the replicas, and notice one that stops before it is killed', () => {
  const text = readFileSync(`${root}deploy/compose/haproxy.cfg`, 'utf8');
  expect(text).toMatch(
    /^\tserver-template sidebar_ \d+ "\$\{\w+-sidebar:3000\}" resolvers docker /m,
  );
  expect(text).toMatch(/^\tbind "\$\{\w+-:8080\}"$/m);
  const delay = Number(sidebar.environment.SHUTDOWN_DELAY_SECONDS);
  const checkSeconds = Number(/ inter (\d+)ms fall 2 /.exec(text)?.[1]) / 1_000;
  expect(delay).toBeGreaterThan(2 * checkSeconds);
  expect(Number.parseInt(sidebar.stop_grace_period, 10)).toBeGreaterThan(
    delay + hardStopMs / 1_000,
  );
});
