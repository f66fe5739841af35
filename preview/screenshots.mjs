// Takes the README's pictures from what a running server really answers: npm run screenshots
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const pictures = { fred: 'fredsmith@mailinator.com' };

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const css = readFileSync(here('sidebar.css'), 'utf8');
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
for (const [name, email] of Object.entries(pictures)) {
  const json = execFileSync('node', [here('../dist/tools/ask.js'), email, '--json'], {
    encoding: 'utf8',
  });
  const page = await browser.newPage({ deviceScaleFactor: 2 });
  await page.setContent(
    `<!doctype html><style>body{margin:0;width:fit-content}${css}</style><div class="sidebar">${JSON.parse(json).answer.html}</div>`,
  );
  await page.locator('.sidebar').screenshot({ path: here(`../docs/pictures/${name}.png`) });
  console.log(`docs/pictures/${name}.png`);
}
await browser.close();
