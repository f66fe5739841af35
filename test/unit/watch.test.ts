import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { watchFolder } from '../../src/kit/preview/watch.ts';
import { eventually } from '../examples.ts';

let folder: string;
let onChange: ReturnType<typeof vi.fn<() => void>>;

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'watch-')), 'views');
  mkdirSync(folder);
  writeFileSync(join(folder, 'a.ejs'), 'old');
  onChange = vi.fn();
  const stop = watchFolder(folder, onChange);
  onTestFinished(() => {
    stop();
    rmSync(join(folder, '..'), { recursive: true });
  });
});

const called = (times: number) => eventually(() => expect(onChange).toHaveBeenCalledTimes(times));

test('tells once of what is saved in several steps', async () => {
  writeFileSync(join(folder, 'a.ejs'), '');
  writeFileSync(join(folder, 'a.ejs'), 'new');
  writeFileSync(join(folder, 'b.ejs'), 'new');
  await called(1);
});

test('tells of every save by an editor that writes aside and renames', async () => {
  for (const times of [1, 2, 3]) {
    writeFileSync(join(folder, 'a.ejs~'), 'new');
    renameSync(join(folder, 'a.ejs~'), join(folder, 'a.ejs'));
    await called(times);
  }
});

test('goes on when the folder itself was replaced', async () => {
  renameSync(folder, `${folder}-old`);
  await new Promise((resolve) => setTimeout(resolve, 150));
  mkdirSync(folder);
  await called(1);
  writeFileSync(join(folder, 'a.ejs'), 'new');
  await called(2);
});
