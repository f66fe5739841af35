import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openChromium } from './chromium.ts';
import { type Demo, startDemo } from './demo.ts';

// The page at /preview of the built program's demo, in a real browser.

let browser: Browser;
let demo: Demo;

beforeAll(async () => {
  [browser, demo] = await Promise.all([openChromium(), startDemo()]);
});
afterAll(async () => {
  await browser?.close();
  await demo?.close();
});

type Watched = {
  page: Page;
  /** Whatever the page complained of. */
  complaints: string[];
  /** Everything that it asked for, by its address. */
  requests: string[];
  dialogs: string[];
};

/** The preview on a page of its own, which is closed when the test ends. */
async function open(hash = '', scheme: 'light' | 'dark' = 'light'): Promise<Watched> {
  const page = await browser.newPage({
    colorScheme: scheme,
    viewport: { width: 1280, height: 900 },
  });
  onTestFinished(() => page.close());
  const watched: Watched = { page, complaints: [], requests: [], dialogs: [] };
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) watched.complaints.push(message.text());
  });
  page.on('pageerror', (error) => watched.complaints.push(error.message));
  page.on('request', (sent) => watched.requests.push(sent.url()));
  page.on('dialog', (dialog) => {
    watched.dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  await page.goto(`${demo.origin}/preview${hash}`);
  await answered(page);
  return watched;
}

const answered = (page: Page) => page.locator('#status').getByText('200 OK').waitFor();

/** The page of a platform app, in its frame. */
const frameOf = (page: Page) => page.frameLocator('#page');

/** Playwright looks into open shadow roots. */
const sidebarOf = (page: Page) => page.locator('#sidebar .sidebar');

/** Goes to every state, one after the other, as the gallery's links do. */
async function eachState(page: Page, look: (title: string) => Promise<void>): Promise<number> {
  const links = await page.locator('#groups a').all();
  for (const link of links) {
    const title = await link.innerText();
    await Promise.all([
      page.waitForResponse((response) => response.url().endsWith('/preview/lookup')),
      link.click(),
    ]);
    await page.getByText(`${title}. `, { exact: true }).waitFor();
    await expect.poll(() => frameIsThere(page), { timeout: 5_000 }).toBe(true);
    await look(title);
  }
  return links.length;
}

/** Whether the frame has loaded the requested page, and has its height. */
function frameIsThere(page: Page): Promise<boolean> {
  return page.evaluate(() => {
    const frame = document.querySelector('iframe') as HTMLIFrameElement;
    const inside = frame.contentDocument as Document;
    const request = document.getElementById('page-request')?.textContent ?? '';
    const { pathname, search } = (frame.contentWindow as Window).location;
    const height = Math.ceil(inside.documentElement.getBoundingClientRect().height);
    return request.replace(/\s|GET /g, '') === pathname + search && frame.clientHeight === height;
  });
}

test('shows every state of the gallery without a complaint, a dialog or a foreign request', async () => {
  const { page, complaints, requests, dialogs } = await open();
  const count = await eachState(page, async (title) => {
    expect(await sidebarOf(page).innerText(), title).not.toBe('');
    expect(await frameOf(page).locator('main').innerText(), title).not.toBe('');
    // Nothing that our views send is what Help Scout would strip, whatever the values say.
    expect(await page.locator('#stripped').isVisible(), title).toBe(false);
    const tags = await sidebarOf(page)
      .locator('*')
      .evaluateAll((all) => [...new Set(all.map((element) => element.localName))]);
    expect(
      tags.filter((tag) => !/^(div|h4|p|ul|li|span|a|i)$/.test(tag)),
      title,
    ).toEqual([]);
  });
  expect(count).toBeGreaterThanOrEqual(31);
  // A browser complains of each page that is refused: that with another Secret Key is.
  expect(complaints).toEqual([expect.stringContaining('403 (Forbidden)')]);
  expect(dialogs).toEqual([]);
  expect(requests.filter((url) => !url.startsWith(`${demo.origin}/preview`))).toEqual([]);
});

test.each([
  ['The database is down', 'can’t be reached right now', 'ECONNREFUSED'],
  ['The query is misconfigured', 'is misconfigured', 'column users.email does not exist'],
])('says what the agent reads and what the log says when "%s"', async (title, says, logs) => {
  const { page } = await open();
  await page.getByRole('link', { name: title }).click();
  await sidebarOf(page).getByText(says).waitFor();
  await page.locator('#failure').getByText(logs).waitFor();
  await page.locator('#page-failure').getByText(logs).waitFor();
  await frameOf(page).getByText(says).waitFor();
});

describe('asking for an address', () => {
  test('goes through the real endpoint and shows the sidebar, and the bytes', async () => {
    const { page } = await open('#state=stranger');
    await page.getByLabel('Look up').fill('fredsmith@mailinator.com');
    await page.keyboard.press('Enter');
    await sidebarOf(page).getByText('Smith & Sons Carpentry').waitFor();
    expect(await sidebarOf(page).locator('.badge').allInnerTexts()).toEqual(['OWNER', 'PAID']);

    const answer = await page.locator('#answer').textContent();
    const { html } = JSON.parse(answer ?? '');
    expect(html).toBe(await page.locator('#html').textContent());
    const size = `${Buffer.byteLength(answer ?? '').toLocaleString('en')} bytes`;
    expect(await page.locator('#status').innerText()).toContain(size);
    expect(await page.locator('#curl').textContent()).toContain(`'${demo.callbackUrl}'`);
  });

  test('takes more than one, and finds it again by the address bar', async () => {
    const { page } = await open('#customer=nobody%40example.com%2C%20jane.citizen%40example.com');
    await sidebarOf(page).getByText('Jane Citizen').waitFor();
    await page.reload();
    await sidebarOf(page).getByText('Jane Citizen').waitFor();
  });

  test('shows an attack in the address as text', async () => {
    const { page, dialogs, complaints } = await open();
    const attack = '<img/src=x/onerror=alert(1)>@example.com';
    await page.getByLabel('Look up').fill(attack);
    await page.keyboard.press('Enter');
    await sidebarOf(page).getByText(attack).waitFor();
    expect(dialogs).toEqual([]);
    expect(complaints).toEqual([]);
  });
});

describe('a collapsible section', () => {
  test('opens and closes by mouse', async () => {
    const { page } = await open('#state=jose.nunez%40example.com');
    const title = page.getByRole('button', { name: 'Modules (10)' });
    const item = sidebarOf(page).getByText('Onboarding');
    // The page folds it a moment after it shows it.
    await title.waitFor();
    await item.waitFor({ state: 'hidden' });
    await title.click();
    await item.waitFor({ state: 'visible' });
    expect(await title.getAttribute('aria-expanded')).toBe('true');
    await title.click();
    await item.waitFor({ state: 'hidden' });
  });

  test.each(['Enter', 'Space'])('opens by keyboard with %s', async (key) => {
    const { page } = await open('#state=jose.nunez%40example.com');
    const title = page.getByRole('button', { name: 'Modules (10)' });
    await page.getByRole('link', { name: 'Núñez & Hijos' }).focus();
    for (let tabs = 0; tabs < 4; tabs++) {
      await page.keyboard.press('Tab');
      if (await title.evaluate((element) => element.matches(':focus-visible'))) break;
    }
    await page.keyboard.press(key);
    expect(await sidebarOf(page).getByText('Onboarding').isVisible()).toBe(true);
  });
});

test('a list shows five lines, and the others when asked, in both kinds of app', async () => {
  const { page } = await open('#state=ines.invoice%40example.com');
  await expect.poll(() => frameIsThere(page)).toBe(true);
  for (const app of [sidebarOf(page), frameOf(page)]) {
    await app.getByText('LLP-104').waitFor({ state: 'visible' });
    await app.getByText('LLP-103').waitFor({ state: 'hidden' });
    const more = app.getByRole('button', { name: '+ 3 more' });
    const caret = () => more.locator('.caret').evaluate((one) => getComputedStyle(one).borderColor);
    const folded = await caret();
    await more.click();
    await app.getByText('LLP-103').waitFor({ state: 'visible' });
    expect(await caret()).not.toBe(folded);
    await app.getByRole('button', { name: 'Invoices (8)' }).click();
    await app.getByText('LLP-104').waitFor({ state: 'hidden' });
  }
  await page.getByLabel('Classes stripped').check();
  await sidebarOf(page).getByText('LLP-101').waitFor({ state: 'visible' });
});

describe('a switch', () => {
  test('strips every class, and all is still readable', async () => {
    const { page } = await open('#state=jose.nunez%40example.com');
    await page.getByLabel('Classes stripped').check();
    expect(await sidebarOf(page).locator('[class]:not([class=""])').count()).toBe(0);
    expect(await sidebarOf(page).getByText('Onboarding').isVisible()).toBe(true);
  });

  test('makes it dark', async () => {
    const { page } = await open();
    const colour = () =>
      sidebarOf(page).evaluate((element) => getComputedStyle(element).backgroundColor);
    const light = await colour();
    await page.getByLabel('Dark').check();
    expect(await colour()).not.toBe(light);
  });

  test('makes it as wide as Help Scout’s, or another width', async () => {
    const { page } = await open();
    const widths = () =>
      page.locator('.app').evaluateAll((apps) => apps.map((app) => app.clientWidth));
    expect(await widths()).toEqual([280, 280]);
    await page.getByLabel('Width').selectOption('340 px');
    expect(await widths()).toEqual([340, 340]);
  });
});

describe('the page of a platform app', () => {
  test('stands next to the legacy app’s answer, and says the same', async () => {
    const { page } = await open('#state=jose.nunez%40example.com');
    const text = async (of: { innerText: () => Promise<string> }) =>
      (await of.innerText())
        .replace(/\bCopy\b/g, '')
        .split(/\s+/)
        .join(' ')
        .trim();
    await expect.poll(() => frameIsThere(page)).toBe(true);
    const framed = await text(frameOf(page).locator('#sidebar'));
    // The stylesheet of the legacy app's sidebar may still be loading.
    await expect.poll(() => text(sidebarOf(page))).toBe(framed);
    expect(await page.locator('#page-status').innerText()).toMatch(/^200 OK · [\d.]+ ms · /);
    expect(await page.locator('#page-curl').textContent()).toContain('/helpscout?conversation-id=');
  });

  test('grows and shrinks its frame, and searches', async () => {
    const { page } = await open('#state=jose.nunez%40example.com');
    await expect.poll(() => frameIsThere(page)).toBe(true);
    const height = () => page.locator('#page').evaluate((frame) => frame.clientHeight);
    const folded = await height();
    await frameOf(page).getByRole('button', { name: 'Modules (10)' }).click();
    await expect.poll(height).toBeGreaterThan(folded + 50);
    await frameOf(page).getByRole('searchbox').fill('nobody@example.com');
    await frameOf(page).getByRole('button', { name: 'Search' }).click();
    await frameOf(page).getByText('No account found for nobody@example.com.').waitFor();
    await expect.poll(height).toBeLessThan(folded);
  });

  test('is asked for by a number, with the API that the server has', async () => {
    const { page } = await open();
    await page.getByLabel('Look up').fill('1');
    await page.keyboard.press('Enter');
    await sidebarOf(page).getByText('This is for platform apps only.').waitFor();
    await frameOf(page).getByText('Smith & Sons Carpentry').waitFor();
    expect(await page.locator('#status').innerText()).toBe(
      'Help Scout sends a legacy app no such request.',
    );
    expect(await page.locator('#answer').isVisible()).toBe(false);
  });

  test('leaves the way back as it was', async () => {
    const { page } = await open('#state=stranger');
    await page.getByRole('link', { name: 'Jane Citizen' }).click();
    await frameOf(page).getByText('Jane Citizen').waitFor();
    await page.goBack();
    await frameOf(page).getByText('No account found for').waitFor();
    expect(page.url()).toContain('#state=stranger');
  });

  test('is dark where the page around it is', async () => {
    const { page } = await open();
    const colour = () =>
      frameOf(page)
        .locator('html')
        .evaluate((html) => getComputedStyle(html).backgroundColor);
    await expect.poll(colour).toBe('rgb(255, 255, 255)');
    await page.getByLabel('Dark').check();
    expect(await colour()).toBe('rgb(29, 38, 45)');
    await page.getByRole('link', { name: 'Jane Citizen' }).click();
    await frameOf(page).getByText('Jane Citizen').waitFor();
    await expect.poll(colour).toBe('rgb(29, 38, 45)');
    await page.getByLabel('Dark').uncheck();
    expect(await colour()).toBe('rgb(255, 255, 255)');
  });

  test('can be looked at alone, and so can the legacy app', async () => {
    const { page } = await open();
    const shown = async () => [
      await page.locator('#sidebar').isVisible(),
      await page.locator('#page').isVisible(),
      await page.locator('#status').isVisible(),
      await page.locator('#page-status').isVisible(),
    ];
    await expect.poll(shown).toEqual([true, true, true, true]);
    await page.locator('#app').selectOption('legacy');
    await expect.poll(shown).toEqual([true, false, true, false]);
    await page.locator('#app').selectOption('platform');
    await expect.poll(shown).toEqual([false, true, false, true]);
  });

  test('shows what was saved', async () => {
    const { page } = await open('#state=fredsmith%40mailinator.com');
    onTestFinished(
      await demo.save('views/account.ejs', (text) => text.replace("'Plan'", "'Their plan'")),
    );
    await frameOf(page).getByText('Their plan').waitFor({ timeout: 2_000 });
  });
});

describe('saving', () => {
  /** A second, and another for a machine that is busy with other things. */
  const soon = { timeout: 2_000 };

  /** Saved for as long as the test takes. */
  async function save(file: string, change: (text: string) => string): Promise<void> {
    onTestFinished(await demo.save(file, change));
  }

  test('a view shows at once, and what is open stays open', async () => {
    const { page } = await open('#state=jose.nunez%40example.com');
    await page.getByRole('button', { name: 'Modules (10)' }).click();
    await save('views/account.ejs', (text) => text.replace("'Plan'", "'Their plan'"));
    await sidebarOf(page).getByText('Their plan').waitFor(soon);
    expect(await sidebarOf(page).getByText('Onboarding').isVisible()).toBe(true);
    // Whoever works by keyboard is still where he was.
    await page.keyboard.press('Enter');
    expect(await sidebarOf(page).getByText('Onboarding').isVisible()).toBe(false);
  });

  test('the query shows at once', async () => {
    const { page } = await open('#state=fredsmith%40mailinator.com');
    await save('account.sql', (text) =>
      text.replace('users.email,', "users.email, 'Gold' as tier,"),
    );
    await sidebarOf(page).getByText('Gold').waitFor(soon);
    await page.getByRole('link', { name: 'Everything known' }).click();
    await sidebarOf(page).getByText('A text of some words').waitFor();
  });

  test.each([
    [
      'a view that does not compile',
      'views/fact.ejs',
      '<li class="c-sb-list-item">',
      '<% if ( { %>',
      'fact.ejs, line 2',
    ],
    [
      'a view that misspells a fact',
      'views/account.ejs',
      'account.heading,',
      'account.haeding,',
      'account.ejs, line 2',
    ],
    [
      'a query that names no column',
      'account.sql',
      'users.full_name ',
      'users.fool_name ',
      'account.sql, line 14',
    ],
  ])(
    '%s shows file, line and text, and the last good one serves',
    async (_, file, right, wrong, place) => {
      const { page } = await open('#state=fredsmith%40mailinator.com');
      const putBack = await demo.save(file, (text) => text.replace(right, wrong));
      onTestFinished(putBack);
      const problems = page.getByRole('alert');
      await problems.getByText(place).waitFor(soon);
      expect(await problems.innerText()).toContain(wrong.trim());
      await page.getByRole('link', { name: 'Jane Citizen' }).click();
      await sidebarOf(page).getByText('Jane Citizen').waitFor();
      await putBack();
      await problems.getByText(place).waitFor({ state: 'detached', ...soon });
    },
  );

  test('html that Help Scout strips is left out, and named', async () => {
    const { page, dialogs } = await open('#state=fredsmith%40mailinator.com');
    const more = `<script>alert(1)</script><img src="http://127.0.0.1:1/x"><p style="color:red"
      onclick="alert(1)">Kept</p><a href="javascript:alert(1)">Nowhere</a>`;
    await save('views/sidebar.ejs', (text) => text + more);
    await sidebarOf(page).getByText('Kept').waitFor(soon);
    const stripped = await page.locator('#stripped').innerText();
    for (const what of ['<script>', '<img>', 'style', 'onclick', 'javascript:'])
      expect(stripped).toContain(what);
    expect(await sidebarOf(page).locator('script, img, [style], [onclick]').count()).toBe(0);
    expect(dialogs).toEqual([]);
  });
});

describe('anybody', () => {
  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

  test.each(['light', 'dark'] as const)(
    'can use it in %s, says axe',
    async (scheme) => {
      const { page } = await open('', scheme);
      await page.evaluate(axe);
      const frame = () => page.frame('app-side-panel-preview');
      const scan = async (where: string) => {
        let violations: unknown;
        const scanned = async () => {
          // axe looks into a frame that it is in as well.
          await frame()?.evaluate(axe);
          violations = await page.evaluate(async () => {
            const { axe } = globalThis as unknown as { axe: typeof import('axe-core') };
            return (await axe.run()).violations.map(({ id, nodes }) => [id, nodes[0]?.html]);
          });
          // It is not, in one that loaded meanwhile.
          return frame()?.evaluate(() => 'axe' in globalThis);
        };
        await expect.poll(scanned, { timeout: 20_000 }).toBe(true);
        expect(violations, where).toEqual([]);
      };
      await eachState(page, scan);
      await page.getByRole('link', { name: 'Everything known' }).click();
      await sidebarOf(page).getByText('Example & Sons').waitFor();
      for (const details of await page.locator('.facts summary').all()) await details.click();
      await scan('with everything open');
      await page.setViewportSize({ width: 320, height: 700 });
      await scan('on a narrow screen');
    },
    120_000,
  );

  test('can read it at 320 pixels without scrolling sideways', async () => {
    const { page } = await open();
    await page.setViewportSize({ width: 320, height: 700 });
    for (const summary of await page.locator('summary').all()) await summary.click();
    const width = () => page.evaluate(() => document.documentElement.scrollWidth);
    expect(await width()).toBe(320);
    await page.goto(`${demo.origin}/preview#state=longest`);
    await page.getByText('Very long values. ').waitFor();
    expect(await width()).toBe(320);
  });
});

describe('a stranger', () => {
  /** What the server answers to these headers. */
  function ask(path: string, headers: Record<string, string>, method = 'GET', body = '') {
    return new Promise<{ status: number; text: string }>((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port: demo.port, path, method, headers });
      sent.on('error', reject).on('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      });
      sent.end(body);
    });
  }

  test('on another origin gets nothing, even by a browser', async () => {
    const page = await browser.newPage();
    onTestFinished(() => page.close());
    await page.route('http://elsewhere.test/', (route) =>
      route.fulfill({ contentType: 'text/html', body: '<h1>Elsewhere</h1>' }),
    );
    await page.goto('http://elsewhere.test/');
    const tries = await page.evaluate(async (origin) => {
      const read = (path: string, init?: RequestInit) =>
        fetch(origin + path, init).then(
          (response) => response.text(),
          () => 'nothing',
        );
      const body = '{"emails":["fredsmith@mailinator.com"]}';
      return [
        await read('/preview'),
        await read('/preview/gallery'),
        await read('/preview/lookup', { method: 'POST', body }),
        await read('/preview/lookup', { method: 'POST', body, mode: 'no-cors' }),
      ];
    }, demo.origin);
    expect(tries).toEqual(['nothing', 'nothing', 'nothing', 'nothing']);
  });

  test('cannot put it into a frame', async () => {
    const page = await browser.newPage();
    onTestFinished(() => page.close());
    await page.route('http://elsewhere.test/', (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: `<iframe src="${demo.origin}/preview"></iframe>`,
      }),
    );
    await page.goto('http://elsewhere.test/');
    await page.waitForTimeout(500);
    const [, frame] = page.frames();
    expect(await frame?.content()).not.toContain('Gallery');
  });

  test('under another name of this machine gets nothing', async () => {
    const { status, text } = await ask('/preview/gallery', { Host: `evil.test:${demo.port}` });
    expect(status).toBe(403);
    expect(text).not.toContain('Fred');
  });
});
