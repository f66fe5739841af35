import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { runSql } from '../../src/kit/demo/demo-database.ts';
import { requestBody } from '../../src/kit/request.ts';
import { createDatabase } from '../databases.ts';
import { headersFor, secretKey } from '../examples.ts';
import { startServer, stopServers } from '../server-process.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const file = join(root, 'compose.yaml');

/** Runs a program with only these variables; a failure is an outcome. */
async function run(program: string, args: string[], env: Record<string, string> = {}) {
  const { PATH = '' } = process.env;
  const options = { cwd: root, env: { PATH, HOME: tmpdir(), ...env } };
  const done = await promisify(execFile)(program, args, options).catch((failed) => failed);
  return { code: done.code ?? 0, stdout: String(done.stdout), stderr: String(done.stderr) };
}

describe('compose.yaml', () => {
  const secrets = {
    HELPSCOUT_SECRET_KEY: secretKey,
    SIDEBAR_PASSWORD: 'a1b2c3',
    POSTGRES_PASSWORD: 'd4e5f6',
  };
  /** Not with the .env of whoever runs this. */
  const config = (env: Record<string, string>, text = readFileSync(file, 'utf8')) => {
    const folder = mkdtempSync(join(tmpdir(), 'compose-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'compose.yaml'), text);
    return run('docker-compose', ['--file', join(folder, 'compose.yaml'), 'config'], env);
  };

  test('is what docker-compose takes, and comes out filled in', async () => {
    const { code, stdout, stderr } = await config(secrets);
    expect([code, stderr]).toEqual([0, '']);
    const { sidebar, haproxy } = parse(stdout).services;
    expect(sidebar.environment).toMatchObject({
      HELPSCOUT_SECRET_KEY: secretKey,
      DATABASE_URL: 'postgres://helpscout_sidebar:a1b2c3@postgres:5432/demo?sslmode=disable',
      HELPSCOUT_APP_ID: '',
    });
    expect(haproxy.ports).toEqual(['127.0.0.1:3000:8080/tcp']);
  });

  test.each(Object.keys(secrets))('stops without %s, and says how to make it', async (name) => {
    const { [name as keyof typeof secrets]: _, ...rest } = secrets;
    const { code, stderr } = await config(rest);
    expect(code).not.toBe(0);
    expect(stderr).toContain('openssl rand');
  });

  test.each([
    [
      'read_only: true',
      'readonly: true',
      "Unsupported config option for services.sidebar: 'readonly'",
    ],
    ['depends_on:\n      postgres:', 'depends_on:\n      pg:', 'depends on service'],
    ['pids_limit: 100', 'pids_limit: [100]', 'pids_limit contains an invalid type'],
  ])('is refused with %j as %j', async (right, wrong, said) => {
    const text = readFileSync(file, 'utf8');
    expect(text).toContain(right);
    const { code, stderr } = await config(secrets, text.replace(right, wrong));
    expect(code).not.toBe(0);
    expect(stderr).toContain(said);
  });
});

describe('its Postgres', () => {
  afterAll(stopServers);
  // Roles belong to the whole server, where other runs have theirs.
  const role = `sidebar_${randomBytes(6).toString('hex')}`;
  const password = randomBytes(24).toString('hex');
  let owner: string;
  beforeAll(async () => {
    // The last to be registered is the first to run: a role goes after the database that it is in.
    afterAll(() => runSql(inject('postgresUrl'), `drop role if exists ${role}`));
    owner = await createDatabase();
  });

  test('is filled as it says, with people whom the server finds and may not change', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'demo-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const { services } = parse(readFileSync(file, 'utf8'));
    const mounts = services.postgres.volumes.map((volume: string) => volume.split(':'));
    for (const [here, there] of mounts)
      cpSync(join(root, here), join(folder, there), { recursive: true });
    const sql = join(folder, 'docker-entrypoint-initdb.d/demo.sql');
    for (const path of [sql, join(folder, 'sql/role.sql')]) {
      const text = readFileSync(path, 'utf8').replaceAll('helpscout_sidebar', role);
      writeFileSync(path, text.replaceAll('\\i /', `\\i ${folder}/`));
    }
    // As the entrypoint of Postgres' image runs the files that it finds there.
    const psql = ['--set', 'ON_ERROR_STOP=1', '--no-psqlrc', '--dbname', owner, '--file', sql];
    expect(await run('psql', psql, { SIDEBAR_PASSWORD: password })).toMatchObject({
      code: 0,
      stderr: '',
    });

    const url = Object.assign(new URL(owner), { username: role, password }).href;
    const { port } = await startServer({
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      HELPSCOUT_SECRET_KEY: secretKey,
      DATABASE_URL: url,
    });
    const body = requestBody(['fredsmith@mailinator.com']);
    const asked = { method: 'POST', headers: headersFor(body), body };
    const answer = await (await fetch(`http://127.0.0.1:${port}/helpscout`, asked)).text();
    expect(answer).toContain('Smith &amp; Sons');
    // The dates hang on today.
    expect(answer).toContain('in 110 days');
    const write = 'set transaction read write; delete from users';
    await expect(runSql(url, write)).rejects.toThrow('permission denied');
  });

  test('is known to be well, and not to be', async () => {
    const { services } = parse(readFileSync(file, 'utf8'));
    const [, program, ...args] = services.postgres.healthcheck.test;
    const { port } = new URL(inject('postgresUrl'));
    expect((await run(program, [...args, `--port=${port}`])).code).toBe(0);
    expect((await run(program, [...args, '--port=1'])).code).not.toBe(0);
  });
});
