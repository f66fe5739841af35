import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { checkConfig } from '../../src/server/config.ts';
import { hardStopMs } from '../../src/server/shutdown.ts';
import { secretKey } from '../examples.ts';
import { settings } from '../manifests.ts';

// The systemd unit against the code; `npm run test:deploy` has systemd itself read it.

const root = fileURLToPath(new URL('../..', import.meta.url));
const unit = readFileSync(`${root}deploy/systemd/helpscout-sidebar@.service`, 'utf8');
const values = (name: string) =>
  [...unit.matchAll(/^(\w+)=(.*)$/gm)]
    .filter(([, key]) => key === name)
    .map(([, , value]) => value);
const environment: Record<string, string> = Object.fromEntries(
  values('Environment').flatMap((line) =>
    (line ?? '').split(' ').map((pair) => [pair.split('=')[0], pair.replace(/^\w+=/, '')]),
  ),
);

test('starts node itself, so that SIGTERM reaches the server', () => {
  const [command = ''] = values('ExecStart');
  const [, program = ''] = /^\/usr\/bin\/node dist\/(\S+)\.js$/.exec(command) ?? [];
  expect(existsSync(`${root}src/${program}.ts`), command).toBe(true);
});

test('gives the server valid settings, and the port of its instance', () => {
  for (const name of Object.keys(environment))
    expect([...settings, 'NODE_ENV', 'NODE_OPTIONS']).toContain(name);
  expect(environment['PORT']).toBe('%i');
  const secrets = { HELPSCOUT_SECRET_KEY: secretKey, DATABASE_URL: 'postgres://app@db/app' };
  expect(checkConfig({ ...environment, PORT: '3001', ...secrets }).problems).toEqual([]);
});

test('has no secret in it', () => {
  expect(unit).not.toMatch(/^Environment=.*(SECRET|URL|PASSWORD)/m);
  expect(values('EnvironmentFile')).toEqual(['/etc/helpscout-sidebar/settings.env']);
});

test('waits for a graceful shutdown before it kills, and then starts it again', () => {
  const delay = Number(environment['SHUTDOWN_DELAY_SECONDS']);
  expect(delay).toBeGreaterThan(1);
  expect(Number(values('TimeoutStopSec'))).toBeGreaterThanOrEqual(delay + hardStopMs / 1_000 + 5);
  expect(values('Restart')).toEqual(['always']);
  expect(values('KillSignal')).toEqual([]);
});

test('leaves room around the heap', () => {
  const heap = /^--max-old-space-size=(\d+)$/.exec(environment['NODE_OPTIONS'] ?? '')?.[1];
  const max = /^(\d+)M$/.exec(values('MemoryMax')[0] ?? '')?.[1];
  expect(Number(heap)).toBeLessThanOrEqual(0.7 * Number(max));
});

test('has ports that HAProxy connects to', () => {
  const haproxy = readFileSync(`${root}deploy/haproxy/haproxy.cfg`, 'utf8');
  const [, ...ports] =
    /enable --now helpscout-sidebar@(\d+) helpscout-sidebar@(\d+)/.exec(unit) ?? [];
  expect(ports).toHaveLength(2);
  for (const port of ports) expect(haproxy).toContain(`-127.0.0.1:${port}}"`);
});
