import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, FrameLocator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createApp } from '../../src/http/app.ts';
import { fullest } from '../../src/sidebar/samples.ts';
import { addressFor, dependencies, now } from '../examples.ts';
import { frameName, helpScoutPage } from '../stand-ins/help-scout-frame.ts';
import { openChromium } from './chromium.ts';

// The page in a real browser, in a frame of a stand-in for Help Scout at Help Scout's own origin.

const sidebar = 'https://sidebar.example.com';
const helpScout = 'https://secure.helpscout.net';
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

const robin = {
  ...fullest(now),
  modules: [
    'Benefits',
    'Documents',
    'Expenses',
    'Leave',
    'Onboarding',
    'Payroll',
    'Rosters',
    'Tax',
    'Time',
  ],
};

let browser: Browser;
let server: Server;
let port: number;
let context: BrowserContext;
let page: Page;
let asked: string[];
let referrers: string[];
let complaints: string[];
let lookups: number;

beforeAll(async () => {
  browser = await openChromium();
  const app = createApp({
    ...dependencies(),
    findAddresses: async () => [robin.email],
    findAccounts: async (emails) => {
      lookups++;
      return emails.includes(robin.email) ? [robin] : [];
    },
  });
  server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterAll(async () => {
  await browser?.close();
  server?.closeAllConnections();
  server?.close();
});

/** A browser in which both origins lead to this test, and nothing leads anywhere else. */
async function openBrowser(options = {}) {
  asked = [];
  referrers = [];
  complaints = [];
  lookups = 0;
  context = await browser.newContext({ viewport: { width: 400, height: 1_600 }, ...options });
  await context.route('**', async (route) => {
    const url = new URL(route.request().url());
    asked.push(url.origin + url.pathname);
    const referrer = route.request().headers()['referer'];
    if (url.origin !== sidebar && referrer !== undefined) referrers.push(referrer);
    if (url.origin === sidebar) {
      const response = await route.fetch({
        url: `http://127.0.0.1:${port}${url.pathname}${url.search}`,
      });
      return route.fulfill({ response });
    }
    const appUrl = `${sidebar}${addressFor('706401868')}`;
    const isPage = url.pathname === '/conversation';
    return isPage
      ? route.fulfill({ contentType: 'text/html', body: helpScoutPage(appUrl) })
      : route.abort();
  });
  page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
}

beforeEach(() => openBrowser());
afterEach(() => context.close());

const frame = (): FrameLocator => page.frameLocator(`iframe[name="${frameName}"]`);
const frameHeight = () => page.locator('iframe').evaluate((iframe) => iframe.clientHeight);
const contentHeight = () =>
  frame()
    .locator('html')
    .evaluate((html) => Math.ceil(html.getBoundingClientRect().height));

async function open(origin = helpScout) {
  await page.goto(`${origin}/conversation`);
}

/** Until the frame has the height of what is in it. */
const fits = () => expect.poll(async () => (await frameHeight()) - (await contentHeight())).toBe(0);

describe('in Help Scout’s frame', () => {
  test('shows the account, and loads nothing else from anywhere', async () => {
    await open();
    await expect.poll(() => frame().getByText('Example & Sons').count()).toBe(1);
    expect([...new Set(asked)].sort()).toEqual([
      `${helpScout}/conversation`,
      `${sidebar}/helpscout`,
    ]);
    expect(complaints).toEqual([]);
    expect(await context.cookies()).toEqual([]);
  });

  test('lets the frame grow and shrink with what it shows', async () => {
    await open();
    await fits();
    const folded = await frameHeight();
    expect(folded).toBeGreaterThan(300);
    const title = frame().getByRole('button', { name: 'Modules (9)' });
    await title.click();
    await fits();
    expect(await frameHeight()).toBeGreaterThan(folded + 50);
    expect(await title.getAttribute('aria-expanded')).toBe('true');
    await title.press('Enter');
    await fits();
    expect(await frameHeight()).toBe(folded);
    const heights: number = await page.evaluate('window.heights.length');
    expect(heights).toBeLessThan(8);
  });

  test('is led by its own script alone', async () => {
    await open();
    await frame().getByText('Example & Sons').waitFor();
    const ran = await frame()
      .locator('body')
      .evaluate((body) => {
        const script = body.ownerDocument.createElement('script');
        script.textContent = 'window.evil = true';
        body.append(script);
        body.insertAdjacentHTML('beforeend', '<img src="x" onerror="window.evil = true">');
        return 'evil' in globalThis;
      });
    expect(ran).toBe(false);
    expect(asked).not.toContain(`${sidebar}/x`);
  });

  test('opens links in a new tab, which learns nothing of ours', async () => {
    await open();
    const links = frame().locator('main a');
    await links.first().waitFor();
    for (const link of await links.all()) {
      expect(await link.getAttribute('target')).toBe('_blank');
      expect(await link.getAttribute('rel')).toBe('noopener noreferrer');
    }
    await frame().getByRole('link', { name: 'Example & Sons' }).click();
    await expect.poll(() => asked).toContain('https://admin.example.com/companies/1');
    await expect.poll(() => context.pages().length).toBe(2);
    expect(referrers).toEqual([]);
  });

  test.each([
    ['with leave to use the clipboard', ['clipboard-read', 'clipboard-write']],
    ['without it', []],
  ])('copies ids %s', async (_, permissions) => {
    await context.close();
    await openBrowser({ permissions });
    await open();
    const button = frame().getByRole('button', { name: /cus_Example1$/ });
    await button.click();
    await expect.poll(() => button.textContent()).toBe('Copied');
    await context.grantPermissions(['clipboard-read'], { origin: helpScout });
    await page.bringToFront();
    await page.locator('h1').click();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe('cus_Example1');
    await expect.poll(() => button.textContent(), { timeout: 4_000 }).toBe('Copy');
  });

  test('keeps the keyboard’s place when it copies, and says what it did', async () => {
    await open();
    await frame().getByRole('button', { name: 'Copy cus_Example1' }).focus();
    await page.keyboard.press('Enter');
    const copied = frame().getByRole('button', { name: 'Copied cus_Example1', exact: true });
    await copied.waitFor();
    await expect.poll(() => frame().getByRole('status').textContent()).toBe('Copied cus_Example1');
    expect(await frame().locator(':focus').getAttribute('aria-label')).toMatch(/cus_Example1$/);
    await frame().getByRole('button', { name: 'Copy cus_Example1', exact: true }).waitFor();
    await page.keyboard.press('Tab');
    expect(await frame().locator(':focus').textContent()).toBe('sub_Example1');
  });

  test('searches at an address that ends in a slash', async () => {
    await page.goto(`${sidebar}${addressFor('706401868').replace('?', '/?')}`);
    await page.getByRole('searchbox').fill('robin@example.com');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByText('Found by your search for robin@example.com').waitFor();
    expect(asked).toContain(`${sidebar}/helpscout/search`);
  });

  test('offers to copy ids alone', async () => {
    await open();
    await frame().getByText('Example & Sons').waitFor();
    expect(await frame().getByRole('button', { name: /^Copy/ }).count()).toBe(2);
  });

  test('asks again when it is refreshed', async () => {
    await open();
    const refresh = frame().getByRole('button', { name: 'Refresh' });
    await refresh.click();
    await expect.poll(() => lookups).toBe(2);
    await frame().getByText('Example & Sons').waitFor();
    await fits();
  });

  test('searches for another address, and fits its frame again', async () => {
    await open();
    await fits();
    const before = await frameHeight();
    const field = frame().getByRole('searchbox', { name: 'Look another address up' });
    await field.fill('nobody@example.com');
    await field.press('Enter');
    await frame().getByText('No account found for nobody@example.com.').waitFor();
    await fits();
    expect(await frameHeight()).toBeLessThan(before);
    await field.fill('robin@example.com');
    await frame().getByRole('button', { name: 'Search' }).click();
    await frame().getByText('Found by your search for robin@example.com').waitFor();
    expect(await frame().getByRole('button', { name: /^Copy/ }).count()).toBe(2);
    await fits();
    expect(complaints).toEqual([]);
  });

  test('says so when a search gets no answer', async () => {
    await open();
    await context.route('**/search', (route) => route.abort());
    const field = frame().getByRole('searchbox');
    await field.fill('robin@example.com');
    await field.press('Enter');
    await frame().getByText('The search got no answer. Refresh, and search again.').waitFor();
  });
});

test('is not shown in the frame of another page', async () => {
  await open('https://evil.example');
  await expect.poll(() => complaints.join()).toContain('frame-ancestors');
  expect(await frame().getByText('Example & Sons').count()).toBe(0);
});

describe.each(['light', 'dark'] as const)('in %s colours', (colorScheme) => {
  beforeEach(async () => {
    await context.close();
    // Where no policy keeps the checker's own script out.
    await openBrowser({ colorScheme, bypassCSP: true });
  });

  async function violations() {
    // From outside, axe does not look into a frame of another origin.
    const ours = page.frames().at(-1) ?? page.mainFrame();
    await ours.addScriptTag({ path: axe });
    return ours.evaluate(
      'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes[0].html]))',
    );
  }

  test('has nothing that axe finds fault with, in its frame and alone', async () => {
    await open();
    await frame().getByRole('button', { name: 'Modules (9)' }).click();
    expect(await violations()).toEqual([]);
    await frame().getByRole('searchbox').fill('nobody@example.com');
    await frame().getByRole('button', { name: 'Search' }).click();
    await frame().getByText('No account found').waitFor();
    expect(await violations()).toEqual([]);
    for (const address of ['/helpscout', '/helpscout?X-HelpScout-Signature=x']) {
      await page.goto(`${sidebar}${address}`);
      expect(await violations()).toEqual([]);
    }
  });
});
