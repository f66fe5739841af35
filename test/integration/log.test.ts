import { type SpawnSyncOptions, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { type Readable, Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { sampled } from '../../src/domain/log.ts';
import { createLog, withKnownFields } from '../../src/server/log.ts';
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
  createLog({ output: stream }).info({ event: 'answered', ref: 'abcd' });
  await expect.poll(() => lines.length).toBe(1);
  expect(JSON.parse(lines[0] as string)).toEqual({
    level: 30,
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    event: 'answered',
    ref: 'abcd',
  });
});

test('lines that come at the same time are written together', async () => {
  const { lines, stream } = stalledCollector();
  const log = createLog({ output: stream });
  for (let i = 0; i < 5; i++) log.info({ event: `answer ${i}` });
  await expect.poll(() => lines.length).toBe(1);
  expect(lines[0]?.match(/answer \d/g)).toHaveLength(5);
});

test('entries below the level are not written, and are not counted as dropped', async () => {
  const { lines, stream } = stalledCollector();
  const log = createLog({ level: 'error', output: stream });
  log.info({ event: 'answered' });
  log.warn({ event: 'refused' });
  log.error({ event: 'failed' });
  await expect.poll(() => lines.length).toBe(1);
  expect(JSON.parse(lines[0] as string)).toMatchObject({ level: 50, event: 'failed' });
  expect(lines[0]).not.toContain('log_dropped');
});

describe('a field that is not known', () => {
  // As pg's errors have them.
  const error = Object.assign(new Error('canary'), {
    detail: 'Key (email)=(canary@example.com) already exists.',
    where: 'PL/pgSQL function canary()',
  });
  const entry = { ...error, event: 'failed', class: '23505', err: error, msg: 'canary' };

  test('is not written', async () => {
    const { lines, stream } = stalledCollector();
    createLog({ output: stream }).error(entry);
    await expect.poll(() => lines.length).toBe(1);
    expect(Object.keys(JSON.parse(lines[0] as string))).toEqual([
      'level',
      'time',
      'event',
      'class',
    ]);
  });

  test.each(['info', 'warn', 'error'] as const)('is not handed to the %s of an app', (level) => {
    const log = memoryLog();
    withKnownFields(log)[level](entry);
    expect(log.entries).toEqual([{ event: 'failed', class: '23505' }]);
  });
});

test('lines that a stalled collector does not take are dropped and counted, and fill no memory', async () => {
  const { lines, go, stream } = stalledCollector();
  let dropped = 0;
  const log = createLog({ output: stream, onLineDropped: () => void dropped++ });
  const entry = { event: 'x'.repeat(10_000) };
  for (let i = 0; i < 300; i++) log.info(entry);
  await expect.poll(() => stream.writableLength).toBeGreaterThan(1_000_000);
  for (let i = 0; i < 300; i++) log.info(entry);
  expect(stream.writableLength).toBeLessThan(1.1 * 1024 * 1024);
  const kept = Math.ceil(stream.writableLength / 10_000);
  expect(dropped).toBeGreaterThan(450);
  expect(dropped).toBeLessThanOrEqual(600 - kept + 5);
  go();
  await expect.poll(() => stream.writableLength).toBe(0);
  for (const event of ['next', 'last']) log.info({ event });
  await expect.poll(() => lines.at(-1)).toContain('last');
  const [next = '', last] = (lines.at(-1) as string).split('\n');
  expect(JSON.parse(next)).toMatchObject({ log_dropped: dropped, level: 30, event: 'next' });
  expect(last).not.toContain('log_dropped');
});

test('lines of a failed write are dropped and counted, also where the line that said so was among them', async () => {
  const chunks: string[] = [];
  let isFull = true;
  const noSpace = Object.assign(new Error('canary'), { code: 'ENOSPC' });
  const stream = {
    writableLength: 0,
    on: () => {},
    write(chunk: string, done: (error: Error | null) => void) {
      chunks.push(chunk);
      process.nextTick(done, isFull ? noSpace : null);
    },
  };
  let dropped = 0;
  const output = stream as unknown as NodeJS.WriteStream;
  const log = createLog({ output, onLineDropped: () => void dropped++ });
  for (const event of ['first', 'second']) log.info({ event });
  await expect.poll(() => dropped).toBe(2);
  log.info({ event: 'third' });
  await expect.poll(() => dropped).toBe(3);
  isFull = false;
  for (const event of ['next', 'last']) log.info({ event });
  await expect.poll(() => chunks.at(-1)).toContain('last');
  const [rest, next = '', last = ''] = (chunks.at(-1) as string).split('\n');
  expect(rest).toBe('');
  expect(JSON.parse(next)).toMatchObject({ log_dropped: 3, event: 'next' });
  expect(JSON.parse(last)).not.toHaveProperty('log_dropped');
  expect(dropped).toBe(3);
});

/** Runs a program that has a `log`; `whenReady` is called with its first output. */
async function runWithLog(text: string, whenReady: (output: Readable) => void = () => {}) {
  const log = new URL('../../dist/server/log.js', import.meta.url).href;
  const program = `import { createLog } from '${log}'; const log = createLog(); ${text}`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program]);
  const printed = { stdout: '', stderr: '' };
  child.stderr.on('data', (part) => {
    printed.stderr += part;
  });
  child.stdout.on('data', (part) => {
    printed.stdout += part;
  });
  child.stdout.once('data', () => whenReady(child.stdout));
  const [code] = await once(child, 'close');
  return { code, ...printed };
}

test('a collector that goes away does not end the server', async () => {
  const text = `
    log.info({ event: 'first' });
    setInterval(() => log.info({ event: 'answered' }), 10);
    setTimeout(() => { console.error('still running'); process.exit(0); }, 1_000);
  `;
  const { code, stderr } = await runWithLog(text, (output) => output.destroy());
  expect(stderr).toBe('still running\n');
  expect(code).toBe(0);
});

test.skipIf(!existsSync('/dev/full'))(
  'lines that a full disk does not take are counted',
  async () => {
    const module = new URL('../../dist/server/log.js', import.meta.url).href;
    const program = `
    import { createLog } from '${module}';
    let dropped = 0;
    const log = createLog({ onLineDropped: () => void dropped++ });
    for (const event of ['first', 'second']) log.info({ event });
    setTimeout(() => log.info({ event: 'third' }), 50);
    setTimeout(() => { console.error(dropped); process.exit(0); }, 100);
  `;
    const full = openSync('/dev/full', 'w');
    const options: SpawnSyncOptions = { stdio: ['ignore', full, 'pipe'] };
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--input-type=module', '--eval', program],
      options,
    );
    closeSync(full);
    expect(String(stderr)).toBe('3\n');
    expect(status).toBe(0);
  },
);

test('what is logged last is written when the process exits', async () => {
  const { stdout } = await runWithLog("log.error({ event: 'crashed' }); process.exit(1);");
  expect(JSON.parse(stdout)).toMatchObject({ event: 'crashed' });
});

test('a crash is logged without the message of its error, and ends the process with status 1', async () => {
  const shutdown = new URL('../../dist/server/shutdown.js', import.meta.url).href;
  const text = `
    const { exitOnCrash } = await import('${shutdown}');
    exitOnCrash(log);
    setTimeout(() => { throw new TypeError('canary'); });
  `;
  const { code, stdout, stderr } = await runWithLog(text);
  expect(JSON.parse(stdout)).toMatchObject({
    level: 50,
    event: 'crashed',
    class: 'TypeError',
    stack: expect.arrayContaining([expect.stringMatching(/^at /)]),
  });
  expect(`${stdout}${stderr}`).not.toContain('canary');
  expect(code).toBe(1);
});
