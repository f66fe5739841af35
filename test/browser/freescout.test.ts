import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openChromium } from './chromium.ts';
import { type Demo, startDemo } from './demo.ts';

// What the demo answers FreeScout, in a page that takes away what Bootstrap 3 takes away.

let browser: Browser;
let demo: Demo;

beforeAll(async () => {
  [browser, demo] = await Promise.all([openChromium(), startDemo()]);
});
afterAll(async () => {
  await browser?.close();
  await demo?.close();
});

const ask = fileURLToPath(new URL('../../dist/kit/ask.js', import.meta.url));

async function open(email: string): Promise<Page> {
  const { stdout: html } = await promisify(execFile)(process.execPath, [
    ...[ask, email, '--app', 'freescout', '--html', '--url', demo.callbackUrl],
  ]);
  const page = await browser.newPage();
  onTestFinished(() => page.close());
  await page.setContent(`<!doctype html><html lang="en"><style>
    body { margin: 0; background: #f8f9f9; font: 13px/1.4 Arial, sans-serif }
    summary { display: block }
    #app { width: 240px }
  </style><div id="app">${html}</div>`);
  return page;
}

const customers = [
  'fredsmith@mailinator.com',
  'jose.nunez@example.com',
  'erin.ending@example.com',
  'pat.pastdue@example.com',
  'ines.invoice@example.com',
];

test.each(customers)('nothing of %s is wider than a sidebar of 240 px', async (email) => {
  const page = await open(email);
  for (const details of await page.locator('details').all())
    await details.evaluate((element) => element.setAttribute('open', ''));
  const wide = await page
    .locator('#app *')
    .evaluateAll((all) =>
      all
        .filter((element) => element.getBoundingClientRect().right > 240)
        .map((one) => one.outerHTML),
    );
  expect(await page.locator('#app *').count()).toBeGreaterThan(10);
  expect(wide).toEqual([]);
});

test('a badge of what is paid has another colour than one that is past due', async () => {
  const colourOf = async (email: string, text: string) => {
    const badge = (await open(email)).getByText(text, { exact: true });
    return badge.evaluate((element) => getComputedStyle(element).backgroundColor);
  };
  const paid = await colourOf('fredsmith@mailinator.com', 'Paid');
  const pastDue = await colourOf('pat.pastdue@example.com', 'Past due');
  const transparent = 'rgba(0, 0, 0, 0)';
  expect(new Set([paid, pastDue, transparent]).size).toBe(3);
});

describe('a section', () => {
  test.each([
    ['jose.nunez@example.com', 'Modules (10)', 'Onboarding', false],
    ['ines.invoice@example.com', 'Invoices (8)', 'LLP-104', true],
    ['ines.invoice@example.com', '+ 3 more', 'LLP-103', false],
  ])('of %s, %s, folds and unfolds by click', async (email, title, item, isOpen) => {
    const page = await open(email);
    const summary = page.getByText(title, { exact: true });
    for (const state of [isOpen, !isOpen, isOpen]) {
      expect(await page.getByText(item).isVisible()).toBe(state);
      await summary.click();
    }
    // A marker tells that it folds.
    expect(await summary.evaluate((one) => getComputedStyle(one).display)).toBe('list-item');
  });
});
