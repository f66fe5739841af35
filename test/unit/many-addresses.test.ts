import request from 'supertest';
import { expect, test, vi } from 'vitest';
import { type FindAccounts, toAccount } from '../../src/domain/account.ts';
import { Deadline } from '../../src/domain/deadline.ts';
import { createApp } from '../../src/http/app.ts';
import { requestBody } from '../../src/kit/request.ts';
import { toTerminal } from '../../src/kit/terminal.ts';
import { inBatches } from '../../src/lookup/decorators.ts';
import { addressFor, dependencies, headersFor } from '../examples.ts';

const numbered = (count: number) => Array.from({ length: count }, (_, i) => `${i}@example.com`);

/** An app whose database has these accounts, and what its lookups asked for. */
function appWith(...known: string[]) {
  const asked: (readonly string[])[] = [];
  const findAccounts: FindAccounts = async (emails) => {
    asked.push(emails);
    return emails
      .filter((email) => known.includes(email))
      .map((email) => toAccount({ email, companyName: `Of ${email}` }));
  };
  const app = (emails: string[]) =>
    createApp({ ...dependencies(), findAccounts, findAddresses: async () => emails });
  const see = async (emails: string[]) => {
    const body = requestBody(emails);
    const response = await request(app([]))
      .post('/helpscout')
      .set(headersFor(body))
      .serialize((sent) => sent)
      .send(body);
    return toTerminal(response.body.html);
  };
  const seeOnPlatform = async (emails: string[]) =>
    toTerminal((await request(app(emails)).get(addressFor('7'))).text);
  return { asked, see, seeOnPlatform };
}

test.each(['see', 'seeOnPlatform'] as const)(
  'a customer of thirty addresses is found by the last (%s)',
  async (way) => {
    const scene = appWith('29@example.com');
    const text = await scene[way](numbered(30));
    expect(text).toContain('Of 29@example.com');
    expect(text).toMatch(/Found by\W+29@example\.com/);
    expect(text).not.toContain('not looked up');
    expect(scene.asked.map(({ length }) => length)).toEqual([10, 10, 10]);
    expect(scene.asked.flat()).toEqual(numbered(30));
  },
);

test.each([
  [50, null],
  [51, '1 more address was not looked up.'],
  [62, '12 more addresses were not looked up.'],
])('of %i addresses, fifty are looked up, and the rest is counted', async (count, sentence) => {
  const { see, asked } = appWith('49@example.com', '50@example.com');
  const text = await see(numbered(count));
  expect(asked.flat()).toEqual(numbered(50));
  expect(text).toContain('Of 49@example.com');
  expect(text).not.toContain('Of 50@example.com');
  if (sentence === null) expect(text).not.toContain('not looked up');
  else expect(text).toContain(sentence);
});

test('of many addresses that have no account, ten are named', async () => {
  const { see } = appWith();
  const text = (await see(numbered(62))).replaceAll(/\s+/g, ' ');
  expect(text).toContain('8@example.com, 9@example.com or 40 more.');
  expect(text).toContain('12 more addresses were not looked up.');
  expect(text).not.toContain('10@example.com');
});

test('both spellings of an international domain are looked up, and the one that matched is shown', async () => {
  const { see, asked } = appWith('a@xn--exmple-cua.com');
  expect(await see(['a@exämple.com'])).toMatch(/Found by\W+a@xn--exmple-cua\.com/);
  expect(asked).toEqual([['a@exämple.com', 'a@xn--exmple-cua.com']]);
});

test('an address that matched as it is needs no line of its own', async () => {
  const { see } = appWith('a@example.com');
  expect(await see(['Ada <A@example.com>'])).not.toContain('Found by');
});

test('calls of ten have one deadline and one context, and give the best matches first', async () => {
  const findAccounts = vi.fn<FindAccounts>(async (emails) => {
    // The first answers last.
    if (emails[0] === '0@example.com') await new Promise((resolve) => setTimeout(resolve, 20));
    return [toAccount({ email: emails[0] ?? '' })];
  });
  const [deadline, context] = [new Deadline(), { role: 'admin' }];
  const found = await inBatches(findAccounts)(numbered(21), '7', deadline, context);
  expect(found.map(({ email }) => email)).toEqual([
    '0@example.com',
    '10@example.com',
    '20@example.com',
  ]);
  expect(findAccounts.mock.calls.map(([, ...others]) => others)).toEqual([
    ['7', deadline, context],
    [undefined, deadline, context],
    [undefined, deadline, context],
  ]);
});

test('at most two calls are in flight, for as many addresses as there are', async () => {
  let [inFlight, most] = [0, 0];
  const findAccounts = vi.fn<FindAccounts>(async () => {
    most = Math.max(most, ++inFlight);
    await new Promise(setImmediate);
    inFlight--;
    return [];
  });
  await inBatches(findAccounts)(numbered(50), '7');
  expect(most).toBe(2);
  expect(findAccounts.mock.calls.flatMap(([emails]) => emails)).toEqual(numbered(50));
  const deadlines = findAccounts.mock.calls.map(([, , deadline]) => deadline);
  expect(new Set(deadlines)).toEqual(new Set([expect.any(Deadline)]));
});

test('no part of the addresses passes for all of them when one of the calls fails', async () => {
  const failure = new Error('x');
  const lookUp = inBatches(async ([first]) => {
    if (first === '10@example.com') throw failure;
    return [];
  });
  await expect(lookUp(numbered(30))).rejects.toBe(failure);
});

test('a customer without an address is looked up once, by number', async () => {
  const findAccounts = vi.fn<FindAccounts>(async () => []);
  await inBatches(findAccounts)([], '7');
  expect(findAccounts.mock.calls.map(([emails, id]) => [emails, id])).toEqual([[[], '7']]);
});
