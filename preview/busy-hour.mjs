// An hour of a support team in a minute, for a picture of the status page: real signed requests to
// the real server, while the clock of both runs sixty times as fast.
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { LookupError } from '../dist/domain/account.js';
import { accountQueryFile, manifestFile, viewsFolder } from '../dist/domain/package-files.js';
import { sign } from '../dist/helpscout/signature.js';
import { createApp } from '../dist/http/app.js';
import { listen } from '../dist/http/listen.js';
import { openDemoDatabase } from '../dist/kit/demo/demo-database.js';
import { post } from '../dist/kit/http-client.js';
import { requestBody } from '../dist/kit/request.js';
import { createConnections } from '../dist/postgres/connections.js';
import { createFindAccounts } from '../dist/postgres/find-accounts.js';
import { monitorEventLoop } from '../dist/server/event-loop.js';
import { createCounters } from '../dist/server/metrics/counters.js';
import { serveMetrics } from '../dist/server/metrics/serve.js';
import { createToSidebar } from '../dist/sidebar/sidebar.js';
import { compileViews } from '../dist/sidebar/views.js';

const faster = 60;
const minuteMs = 60_000 / faster;

const secretKey = 'a-key-for-a-picture-of-forty-characters!';
const people = [
  'fredsmith@mailinator.com',
  'jane.citizen@example.com',
  'tina.trial@example.com',
  'olive.over@example.com',
  'pat.pastdue@example.com',
  'jose.nunez@example.com',
  'two.hats@example.com',
  'nobody@example.com',
];

/** How many conversations are opened in that minute of the hour: it fills, has a peak, and ebbs. */
const opened = (minute) => 7 + 9 * Math.sin((minute / 60) * Math.PI) ** 2 + 6 * Math.random();

/** Minutes in which the database is away, as in a failover. */
const isAway = (minute) => minute >= 34 && minute < 36;

/** Lives through the hour and goes on; gives where its status page is, and how to stop. */
export async function liveThroughAnHour() {
  const started = Date.now();
  const now = () => new Date(started + (Date.now() - started) * faster);
  const minuteNow = () => (now().getTime() - started) / 60_000;
  const nothing = () => {};
  const log = { info: nothing, warn: nothing, error: nothing };

  const demo = await openDemoDatabase(new Date(), nothing);
  const query = { file: accountQueryFile, sql: readFileSync(accountQueryFile, 'utf8') };
  const connections = createConnections(demo.url, log);
  const lookUp = createFindAccounts(connections, query, log);
  const findAccounts = async (...asked) => {
    if (isAway(minuteNow())) throw new LookupError('unreachable', 'ECONNREFUSED', {});
    return lookUp(...asked);
  };
  const load = monitorEventLoop();
  const counters = createCounters();
  const options = { locale: 'en-GB', stripeDashboardUrl: 'https://dashboard.stripe.com' };
  const toSidebar = createToSidebar(options);
  const app = createApp({
    ...{ findAccounts, toSidebar, render: compileViews(viewsFolder, toSidebar), now, log },
    secretKeys: { secretKey, previous: null },
    isDraining: () => false,
    isOverloaded: load.isOverloaded,
    observer: counters.observer,
  });
  const { port, close } = await listen(app, 0, '127.0.0.1');
  const { version } = JSON.parse(readFileSync(manifestFile, 'utf8'));
  const metrics = await serveMetrics({
    ...{ port: 0, host: '127.0.0.1', version, now, snapshotEveryMs: 10_000 / faster },
    ...{ counters, waitedMs: load.waitedMs },
    connections: { counts: connections.counts, isConnected: () => !isAway(minuteNow()) },
    previousKeyEnds: null,
  });

  const url = new URL(`http://127.0.0.1:${port}/helpscout`);
  const asked = [];
  let isOver = false;
  const asking = (async () => {
    for (let number = 0; !isOver; number++) {
      // Somebody knocks now and then who has no key.
      const key = number % 211 === 120 ? 'the-key-of-somebody-else' : secretKey;
      const body = requestBody([people[number % people.length]]);
      asked.push(post(url, body, sign(key, body)));
      await wait((minuteMs / opened(minuteNow())) * 2 * Math.random());
    }
  })();
  await wait(60 * minuteMs);
  return {
    address: `http://127.0.0.1:${metrics.port}/status`,
    stop: async () => {
      isOver = true;
      await asking;
      await Promise.all(asked);
      await metrics.close();
      await close();
      await connections.end();
      await demo.close();
    },
  };
}
