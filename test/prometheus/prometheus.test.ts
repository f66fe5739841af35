import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { requestBody } from '../../src/kit/request.ts';
import { createDemoDatabase } from '../databases.ts';
import { headersFor, now, secretKey } from '../examples.ts';
import { startServerWithMetrics, stopServers } from '../server-process.ts';
import { dashboard, expressions } from '../watching.ts';
import { program } from './programs.ts';

// A real Prometheus, which scrapes the built server while agents ask, and is asked what the
// dashboard asks.

const rules = fileURLToPath(new URL('../../deploy/prometheus/alerts.yaml', import.meta.url));

let folder: string;
let url: string;
let target: string;
let stop = async () => {};
let traffic: NodeJS.Timeout;

beforeAll(async () => {
  const { port, metricsPort } = await startServerWithMetrics({
    ...{ NODE_ENV: 'production', HOST: '127.0.0.1' },
    HELPSCOUT_SECRET_KEY: secretKey,
    HELPSCOUT_SECRET_KEY_PREVIOUS: 'the-key-that-was-before-it',
    HELPSCOUT_SECRET_KEY_PREVIOUS_UNTIL: '2099-01-01',
    DATABASE_URL: await createDemoDatabase(now),
  });
  target = `127.0.0.1:${metricsPort}`;

  let number = 0;
  traffic = setInterval(() => {
    // Each another, since an alert is for the same signature again and again.
    const body = requestBody(['fredsmith@mailinator.com', `other-${number++}@example.com`]);
    const address = `http://127.0.0.1:${port}/helpscout`;
    void fetch(address, { method: 'POST', headers: headersFor(body), body }).catch(() => {});
    void fetch(address, { method: 'POST', body }).catch(() => {});
  }, 100);

  folder = await mkdtemp(join(tmpdir(), 'prometheus-'));
  await chmod(folder, 0o755);
  const file = join(folder, 'prometheus.yaml');
  // YAML takes JSON.
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [rules],
    scrape_configs: [{ job_name: 'helpscout-sidebar', static_configs: [{ targets: [target] }] }],
  };
  await writeFile(file, JSON.stringify(config));
  const listen = `127.0.0.1:${await freePort()}`;
  url = `http://${listen}`;
  const child = spawn(program('prometheus'), [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=${listen}`,
  ]);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  for (let attempt = 0; ; attempt++) {
    const ready = await fetch(`${url}/-/ready`).catch(() => null);
    if (ready?.ok) break;
    if (attempt === 200 || child.exitCode !== null) throw new Error(`Prometheus: ${said}`);
    await wait(100);
  }
});
afterAll(async () => {
  clearInterval(traffic);
  await stop();
  await stopServers();
  if (folder) await rm(folder, { recursive: true, force: true });
});

type Found = { metric: Record<string, string>; value: [number, string] }[];

type Rules = { data: { groups: { rules: { health: string }[] }[] } };

async function ask(expression: string): Promise<Found> {
  const response = await fetch(`${url}/api/v1/query`, {
    method: 'POST',
    body: new URLSearchParams({ query: expression }),
  });
  const { status, error, data } = (await response.json()) as {
    status: string;
    error?: string;
    data: { result: Found };
  };
  if (status !== 'success') throw new Error(`${expression}: ${error}`);
  return data.result;
}

test('takes what the server says, and finds it up', async () => {
  await expect
    .poll(() => ask('sum(increase(helpscout_sidebar_answers_total{outcome="found"}[10s]))'), {
      timeout: 30_000,
    })
    .toMatchObject([{ value: [expect.any(Number), expect.stringMatching(/[1-9]/)] }]);
  expect(await ask('up{job="helpscout-sidebar"}')).toMatchObject([
    { value: [expect.any(Number), '1'] },
  ]);
  expect(await ask('helpscout_sidebar_database_up == 1')).toHaveLength(1);
});

test('has nothing against the names, types and words of our metrics', async () => {
  const text = await (await fetch(`http://${target}/metrics`)).text();
  const ours = text.split('\n').filter((line) => /^(# \w+ )?helpscout_sidebar_/.test(line));
  expect(ours.length).toBeGreaterThan(100);
  const input = `${ours.join('\n')}\n`;
  // It fails on whatever it finds.
  execFileSync(program('promtool'), ['check', 'metrics'], { input, stdio: 'pipe' });
});

test('has an answer to every question of the dashboard', async () => {
  // Two scrapes in the shortest range, so that there is a rate.
  await wait(3_000);
  const variables: Record<string, string> = {
    $job: 'helpscout-sidebar',
    $instance: '.+',
    $__rate_interval: '10s',
    $__range: '1h',
  };
  /** What did not happen here has no value. */
  const mayBeEmpty = /> 0$/;
  for (const { title, expr } of expressions(dashboard())) {
    const filled = expr.replace(/\$\w+/g, (name) => variables[name] ?? name);
    expect(filled, title).not.toContain('$');
    const found = await ask(filled);
    if (!mayBeEmpty.test(expr)) expect(found.length, `${title}: ${filled}`).toBeGreaterThan(0);
  }
});

test('has evaluated every alert, and none complains of a server that is well', async () => {
  await expect
    .poll(
      async () => {
        const { data } = (await (await fetch(`${url}/api/v1/rules`)).json()) as Rules;
        return data.groups.flatMap(({ rules }) => rules.map(({ health }) => health));
      },
      { timeout: 20_000 },
    )
    .toEqual(expect.not.arrayContaining(['unknown', 'err']));
  expect(await ask('ALERTS{alertstate="firing"}')).toEqual([]);
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
