import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';

const cwd = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

beforeAll(() => run('npx', ['tsc', '--project', 'bench'], { cwd }), 60_000);

describe.each([
  ['run.js', 'npm run bench'],
  ['capacity.js', 'npm run capacity'],
])('%s', (file, spelt) => {
  const start = (word: string) =>
    run(process.execPath, [`dist-bench/bench/${file}`, word], { cwd }).catch((failed) => failed);

  test('says with --help how it is called, and measures nothing', async () => {
    const { code, stdout, stderr } = await start('--help');
    expect([code, stderr]).toEqual([undefined, '']);
    expect(stdout).toMatch(new RegExp(`^  ${spelt}( -- \\[.*)?$`, 'm'));
    expect(stdout).toMatch(/^ {2}--help {3}/m);
  });

  test('takes no word that there is not', async () => {
    const { code, stdout, stderr } = await start('--loud');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^There is no use for "--loud" here\.\n\n/);
  });
});
