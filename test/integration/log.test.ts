import { spawnSync } from 'node:child_process';
import { Writable } from 'node:stream';
import { expect, onTestFinished, test, vi } from 'vitest';
import { sampled } from '../../src/domain/log.ts';
import { createLog } from '../../src/server/log.ts';
import { memoryLog } from '../examples.ts';

test('a flood of the same warning is written once, then every hundredth, with the count of all', () => {
  const log = memoryLog();
  let now = new Date('2026-11-22T15:00:00Z');
  const warn = sampled(log, () => now);
  for (let i = 0; i < 250; i++) warn({ event: 'refused', class: 'mismatch' });
  warn({ event: 'refused', class: 'missing' });
  now = new Date('2026-11-22T15:01:00Z');
  warn({ event: 'refused', class: 'mismatch' });
  expect(log.entries).toEqual([
    { event: 'refused', class: 'mismatch', count: 1 },
    { event: 'refused', class: 'mismatch', count: 100 },
    { event: 'refused', class: 'mismatch', count: 200 },
    { event: 'refused', class: 'missing', count: 1 },
    { event: 'refused', class: 'mismatch', count: 251 },
  ]);
});

/** A collector that takes nothing until it is told to. */
function stalledCollector() {
  const lines: string[] = [];
  let go = () => {};
  const stalled = new Promise<void>((resolve) => {
    go = resolve;
  });
  const stream = new Writable({
    decodeStrings: false,
    write: (line, _, done) => {
      lines.push(line);
      stalled.then(() => done());
    },
  });
  return { lines, go, stream: stream as unknown as NodeJS.WriteStream };
}

test('an entry is a line of JSON with its time, and nothing of the machine', async () => {
  const { lines, stream } = stalledCollector();
  createLog(stream).info({ event: 'answered', ref: 'abcd' });
  await expect.poll(() => lines.length).toBe(1);
  expect(JSON.parse(lines[0] as string)).toEqual({
    level: 30,
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    event: 'answered',
    ref: 'abcd',
  });
});

test('a line has the time to the millisecond, in whatever second it is', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { lines, go, stream } = stalledCollector();
  go();
  const log = createLog(stream);
  const times = [
    '2026-12-31T23:59:59.007Z',
    '2026-12-31T23:59:59.999Z',
    '2027-01-01T00:00:00.000Z',
  ];
  for (const time of times) {
    vi.setSystemTime(time);
    log.info({ event: 'answered' });
  }
  await vi.advanceTimersByTimeAsync(100);
  const written = lines.join('').trim().split('\n');
  expect(written.map((line) => JSON.parse(line).time)).toEqual(times);
});

test('lines that a stalled collector does not take are dropped and counted, and fill no memory', async () => {
  const { lines, go, stream } = stalledCollector();
  const log = createLog(stream);
  const entry = { event: 'x'.repeat(10_000) };
  for (let i = 0; i < 300; i++) log.info(entry);
  await expect.poll(() => stream.writableLength).toBeGreaterThan(1_000_000);
  for (let i = 0; i < 300; i++) log.info(entry);
  expect(stream.writableLength).toBeLessThan(1.1 * 1024 * 1024);
  const kept = Math.ceil(stream.writableLength / 10_000);
  go();
  await expect.poll(() => stream.writableLength).toBe(0);
  log.info({ event: 'after' });
  await expect.poll(() => lines.at(-1)).toContain('after');
  const { log_dropped: dropped } = JSON.parse(lines.at(-1) as string);
  expect(dropped).toBeGreaterThan(450);
  expect(dropped).toBeLessThanOrEqual(600 - kept + 5);
});

test('a collector that went away does not end the server', async () => {
  const gone = new Writable({ write: (_line, _encoding, done) => done(new Error('EPIPE')) });
  const log = createLog(gone as unknown as NodeJS.WriteStream);
  log.info({ event: 'answered' });
  await new Promise((resolve) => gone.once('close', resolve));
  log.info({ event: 'answered' });
});

test('what is said last is written when the process ends', () => {
  const program = `
    import { createLog } from ${JSON.stringify(new URL('../../dist/server/log.js', import.meta.url).href)};
    createLog().error({ event: 'crashed' });
    process.exit(1);
  `;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
  });
  expect(JSON.parse(stdout)).toMatchObject({ event: 'crashed' });
});

test('a line goes out at once, and those that follow it go out together', async () => {
  const { lines, go, stream } = stalledCollector();
  go();
  const log = createLog(stream);
  for (let i = 0; i < 5; i++) log.info({ event: `answer ${i}` });
  expect(lines).toHaveLength(1);
  await expect.poll(() => lines.length).toBe(2);
  expect(lines[1]?.match(/answer \d/g)).toEqual(['answer 1', 'answer 2', 'answer 3', 'answer 4']);
});
