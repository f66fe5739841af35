import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { LookupError } from '../../src/domain/account.ts';
import { createCounters } from '../../src/server/metrics/counters.ts';
import { serveMetrics } from '../../src/server/metrics/serve.ts';
import { openChromium } from './chromium.ts';

// The status page in a real browser, after an hour that a clock of the test's own went through.

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

let browser: Browser;

beforeAll(async () => {
  browser = await openChromium();
});
afterAll(() => browser?.close());

const minuteMs = 60_000;
const start = Date.parse('2026-11-22T14:00:00Z');

/** What happens in each minute, then a page with a snapshot every 20 ms while its clock stands still. */
async function statusAfter(minutes: number, happen: (minute: number, counters: Counters) => void) {
  let time = start;
  let isUp = true;
  const counters = createCounters();
  let looked = () => {};
  const { port, close } = await serveMetrics({
    ...{ port: 0, host: '127.0.0.1', version: '1.2.3', now: () => new Date(time) },
    ...{ counters, snapshotEveryMs: 20, previousKeyEnds: null },
    connections: {
      counts: () => {
        setImmediate(() => looked());
        return { open: 2, idle: 1, waiting: 0 };
      },
      isConnected: () => isUp,
    },
    waitedMs: () => ({ usual: 1, longest: 12 }),
  });
  onTestFinished(close);
  const look = () =>
    new Promise<void>((resolve) => {
      looked = resolve;
    });
  for (let minute = 0; minute < minutes; minute++) {
    time = start + minute * minuteMs + 30_000;
    happen(minute, counters);
    await look();
    await look();
  }
  return {
    url: `http://127.0.0.1:${port}/status`,
    counters,
    close,
    stopDatabase: () => {
      isUp = false;
    },
    pass: (ms: number) => {
      time += ms;
    },
  };
}

type Counters = ReturnType<typeof createCounters>;

/** Six answers a minute; in the thirtieth the database is away. */
function usual(minute: number, { observer }: Counters): void {
  const isAway = minute === 30;
  for (let i = 0; i < 6; i++) {
    observer.onProven('current');
    observer.onLookupStarted();
    observer.onLookupEnded(1.2, isAway ? new LookupError('busy', '57014', {}).class : null);
    observer.onAnswered('legacy', isAway ? 'stale' : 'found', 2.2);
  }
}

async function open(url: string, options = {}): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage({ viewport: { width: 1100, height: 900 }, ...options });
  onTestFinished(() => page.close());
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(url);
  return { page, complaints };
}

const violations = async (page: Page) => {
  await page.addScriptTag({ path: axe });
  return page.evaluate(
    'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes[0].html]))',
  );
};

test('says at a glance that all is well, and shows the hour in bars and in words', async () => {
  const { url } = await statusAfter(61, usual);
  const { page, complaints } = await open(url);
  expect(await page.locator('h1').textContent()).toBe('All is well');
  expect(await page.title()).toBe('All is well – helpscout-sidebar');
  expect(await page.locator('.tiles').innerText()).toMatch(
    /Stale or failed, last hour\s+6\s+6 stale, 0 error messages/,
  );
  const answers = page.getByRole('img', { name: /^Answers per minute: account / });
  // An hour of 60 minutes, the present one the last of them.
  expect(await answers.locator('rect.blue').count()).toBe(59);
  expect(await answers.locator('rect.orange').count()).toBe(1);
  expect(await page.getByText('stale answer 0 now, peak 6 at 14:30').count()).toBe(1);
  const failures = page.locator('.tables > div', { hasText: 'Failed lookups' });
  expect(await failures.innerText()).toMatch(/57014\s+6/);
  expect(complaints).toEqual([]);
});

test('says what is wrong and what to do, by itself, and when nobody answers any more', async () => {
  const { url, stopDatabase, close } = await statusAfter(3, usual);
  const { page, complaints } = await open(url);
  expect(await page.locator('h1').textContent()).toBe('All is well');
  // The page's own timer, sooner.
  await page.clock.install();
  await page.reload();
  stopDatabase();
  await new Promise((resolve) => setTimeout(resolve, 100));
  await page.clock.runFor(11_000);
  await page.getByRole('heading', { name: 'The database does not answer' }).waitFor();
  expect(await page.locator('h1').textContent()).toBe('Something is wrong');
  expect(await page.title()).toBe('The database does not answer – helpscout-sidebar');
  await page.getByText(/Since 14:\d\d UTC\..*The doctor says more/).waitFor();
  expect(complaints).toEqual([]);

  await close();
  await page.clock.runFor(11_000);
  await page.getByText('The server does not answer.').waitFor();
  expect(await page.title()).toBe('No answer – helpscout-sidebar');
});

test('loads nothing from elsewhere, and lets no other script run', async () => {
  const { url } = await statusAfter(2, usual);
  const asked: string[] = [];
  const page = await browser.newPage();
  onTestFinished(() => page.close());
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(url);
  expect(asked.filter((one) => !one.startsWith('data:'))).toEqual([url]);
  const ran = await page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'window.evil = true';
    document.body.append(script);
    return 'evil' in globalThis;
  });
  expect(ran).toBe(false);
});

test('fits a phone', async () => {
  const { url } = await statusAfter(5, usual);
  const { page } = await open(url, { viewport: { width: 360, height: 700 } });
  const width = await page.evaluate('document.documentElement.scrollWidth');
  expect(width).toBeLessThanOrEqual(360);
});

describe.each(['light', 'dark'] as const)('in %s colours', (colorScheme) => {
  // Where no policy keeps the checker's own script out.
  const options = { colorScheme, bypassCSP: true };

  test('axe finds no fault with it, when all is well and when nothing is', async () => {
    const well = await statusAfter(10, usual);
    expect(await violations((await open(well.url, options)).page)).toEqual([]);
    const ill = await statusAfter(3, (minute, counters) => {
      usual(minute, counters);
      counters.onLineDropped();
      counters.onMailboxCall('refused');
      counters.observer.onWarning({ event: 'refused', class: 'mismatch' });
      counters.observer.onWarning({ event: 'rejected', class: '404' });
      counters.observer.onProven('previous');
      for (const outcome of ['stale', 'busy', 'misconfigured', 'unreachable'] as const)
        counters.observer.onAnswered('platform', outcome, 900);
    });
    ill.stopDatabase();
    const { page } = await open(ill.url, options);
    await expect.poll(() => page.reload().then(() => page.locator('.concerns h2').count())).toBe(5);
    expect(await violations(page)).toEqual([]);
    const empty = await statusAfter(0, usual);
    expect(await violations((await open(empty.url, options)).page)).toEqual([]);
  });
});
