// Takes the documentation's pictures of what the demo really answers: npm run screenshots
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { liveThroughAnHour } from './busy-hour.mjs';

/** What to show, by the name of the picture. */
const sidebars = {
  fred: 'fredsmith@mailinator.com',
  'trial-expired': 'eddie.expired@example.com',
  stranger: 'stranger',
};

const inRoot = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

async function startDemo() {
  const child = spawn(process.execPath, [inRoot('dist/kit/start.js')], {
    cwd: '/',
    env: { PATH: process.env.PATH, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  for await (const text of child.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    printed += text;
    const [origin] = /http:\/\/\S+(?=\/preview)/.exec(printed) ?? [];
    if (origin) return { child, origin };
  }
  throw new Error(`The demo did not start: ${printed}`);
}

async function take(page, name, clip) {
  const path = `docs/pictures/${name}.png`;
  await page.screenshot({ path: inRoot(path), fullPage: clip !== undefined, clip });
  console.log(path);
}

/** Where the sidebar is, with as much room above it as beside it, and no half pixel. */
async function placeOf(sidebar) {
  await sidebar.evaluate((element) => {
    element.style.padding = '16px';
  });
  const { x, y, width, height } = await sidebar.boundingBox();
  const left = Math.ceil(x);
  const top = Math.ceil(y);
  return {
    x: left,
    y: top,
    width: Math.floor(x + width) - left,
    height: Math.floor(y + height) - top,
  };
}

async function open(browser, url, scheme, deviceScaleFactor) {
  const viewport = { width: 1280, height: 640 };
  const page = await browser.newPage({ colorScheme: scheme, deviceScaleFactor, viewport });
  await page.goto(url);
  await page.locator('#status').getByText('200 OK').waitFor();
  await page.frameLocator('#page').locator('main').waitFor();
  await page.evaluate(() => document.fonts.ready);
  return page;
}

const { child, origin } = await startDemo();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    '--disable-gpu',
    // Letters without coloured edges, which only the screen that they were made for makes up for.
    '--disable-lcd-text',
  ],
});
for (const [scheme, suffix] of [
  ['light', ''],
  ['dark', '-dark'],
]) {
  for (const [name, state] of Object.entries(sidebars)) {
    const url = `${origin}/preview#state=${encodeURIComponent(state)}`;
    const page = await open(browser, url, scheme, 2);
    await take(page, name + suffix, await placeOf(page.locator('#sidebar .sidebar')));
    await page.close();
  }
  const page = await open(browser, `${origin}/preview`, scheme, 1);
  await take(page, `preview${suffix}`);
  await page.close();
}
child.kill('SIGINT');
await once(child, 'exit');

console.log('An hour of work for the status page, which takes a minute');
const hour = await liveThroughAnHour();
for (const [colorScheme, suffix] of [
  ['light', ''],
  ['dark', '-dark'],
]) {
  const viewport = { width: 1080, height: 400 };
  const page = await browser.newPage({ colorScheme, viewport, deviceScaleFactor: 1 });
  await page.goto(hour.address);
  const { height } = await page.locator('main').boundingBox();
  const clip = { x: 0, y: 0, width: viewport.width, height: Math.round(height) };
  await take(page, `status${suffix}`, clip);
  await page.close();
}
await hour.stop();
await browser.close();
