import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

const source = (file: string) => new URL(`../../dist/${file}`, import.meta.url).href;

/** What Node has loaded of its own once these were. */
function loadedWith(...modules: string[]): string {
  const program = `${modules.map((one) => `await import('${one}');`).join('')}
    console.log(navigator.userAgent, process.moduleLoadList.filter((name) => /undici\\/undici/.test(name)).length);`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    cwd: new URL('../..', import.meta.url),
  });
  expect(stderr).toBe('');
  return stdout.trim();
}

test('the start does not load fetch, which only a platform app needs', () => {
  const [major] = process.versions.node.split('.');
  expect(loadedWith(source('server/navigator.js'), 'pg', source('http/app.js'))).toBe(
    `Node.js/${major} 0`,
  );
});
