import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';

const file = fileURLToPath(
  new URL('../../deploy/systemd/helpscout-sidebar@.service', import.meta.url),
);

/** What systemd-analyze says of one instance, after this replacement. */
async function analyze(args: string[], from = '', to = '') {
  const folder = mkdtempSync(join(tmpdir(), 'systemd-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const instance = join(folder, 'helpscout-sidebar@3001.service');
  // Node may be elsewhere on this machine.
  const unit = readFileSync(file, 'utf8').replace('/usr/bin/node', process.execPath);
  expect(unit).toContain(from);
  writeFileSync(instance, unit.replace(from, to));
  const done = await promisify(execFile)('systemd-analyze', [...args, instance]).catch(
    (failed) => failed,
  );
  // It also reads the units of other programs that this machine has.
  const isOurs = (line: string) => !/^\/\S+:\d+: /.test(line) || line.includes('helpscout');
  const stderr = String(done.stderr).split('\n').filter(isOurs).join('\n');
  return { code: done.code ?? 0, stderr };
}

test('systemd takes the unit without a warning', async () => {
  expect(await analyze(['verify'])).toEqual({ code: 0, stderr: '' });
});

test.each([
  ['DynamicUser=yes', 'DynamicUsers=yes', "Unknown key 'DynamicUsers'"],
  ['TimeoutStopSec=20', 'TimeoutStopSec=soon', 'Failed to parse'],
  ['ExecStart=/', 'ExecStart=/nowhere/', 'is not executable'],
])('systemd complains about %j as %j', async (right, wrong, said) => {
  expect((await analyze(['verify'], right, wrong)).stderr).toContain(said);
});

test('exposes little: 2 of 10 at most, as systemd rates it', async () => {
  const security = ['security', '--offline=yes', '--threshold=20'];
  expect((await analyze(security)).code).toBe(0);
  expect((await analyze(security, 'DynamicUser=yes\nCapabilityBoundingSet=\n')).code).not.toBe(0);
});
