import { createHash } from 'node:crypto';
import request from 'supertest';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type FindAccounts, LookupError } from '../../src/domain/account.ts';
import { createMailboxApi, MailboxError } from '../../src/helpscout/mailbox-api.ts';
import { sign } from '../../src/helpscout/signature.ts';
import { createApp, type Dependencies } from '../../src/http/app.ts';
import { createAuthenticate } from '../../src/http/authenticate.ts';
import { listen } from '../../src/http/listen.ts';
import {
  type Interfere,
  standInCredentials,
  startMailboxStandIn,
} from '../../src/kit/demo/mailbox-stand-in.ts';
import { phpJson, platformQuery } from '../../src/kit/request.ts';
import { toTerminal } from '../../src/kit/terminal.ts';
import { emptiest } from '../../src/sidebar/samples.ts';
import * as words from '../../src/sidebar/words.ts';
import { addressFor, dependencies, lookedUp, now, secretKey, withSlack } from '../examples.ts';

const robin = { ...emptiest, email: 'robin@example.com', companyName: 'Robin & Sons' };

/** An app that knows Robin by address, and of whose lookups a list is kept. */
function appWith(changes: Partial<Dependencies> = {}) {
  const surroundings = dependencies();
  const findAccounts = vi.fn<FindAccounts>(
    changes.findAccounts ?? (async (emails) => (emails.includes(robin.email) ? [robin] : [])),
  );
  const findAddresses = vi.fn(async (_: string) => [robin.email]);
  const app = createApp({ ...surroundings, findAddresses, ...changes, findAccounts });
  return { app, findAccounts, findAddresses, entries: surroundings.log.entries };
}

const get = (app: ReturnType<typeof createApp>, address = addressFor('706401868')) =>
  request(app).get(address);

describe('a verified GET', () => {
  test('is answered with a page that shows the customer’s account', async () => {
    const { app, findAccounts, findAddresses, entries } = appWith();
    const { status, text } = await get(app);
    expect(status).toBe(200);
    expect(text).toMatch(/^<!doctype html>/);
    expect(toTerminal(text)).toContain('Robin & Sons');
    expect(findAddresses.mock.calls).toEqual([['706401868']]);
    expect(lookedUp(findAccounts)).toEqual([[[robin.email]]]);
    expect(entries).toEqual([
      expect.objectContaining({ event: 'answered', endpoint: 'platform', outcome: 'found' }),
    ]);
  });

  test('may be framed by Help Scout alone, stored by nobody, and runs only its own script', async () => {
    const { headers, text } = await get(appWith().app);
    const [, script = '', style = ''] = [
      '',
      /<script>(.*)<\/script>/s.exec(text)?.[1],
      /<style>(.*)<\/style>/s.exec(text)?.[1],
    ];
    const hash = (source: string) => createHash('sha256').update(source).digest('base64');
    expect(headers['content-security-policy']).toBe(
      [
        "default-src 'none'",
        `script-src 'sha256-${hash(script)}'`,
        `style-src 'sha256-${hash(style)}'`,
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        'frame-ancestors https://secure.helpscout.net',
      ].join('; '),
    );
    expect(headers).not.toHaveProperty('x-frame-options');
    expect(headers).not.toHaveProperty('set-cookie');
    expect(headers).not.toHaveProperty('etag');
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
  });

  test('escapes what customers call themselves', async () => {
    const companyName = '</main><script>alert(1)</script>';
    const { text } = await get(
      appWith({ findAccounts: async () => [{ ...robin, companyName }] }).app,
    );
    expect(text).not.toContain(companyName);
    expect(text.match(/<script/g)).toHaveLength(1);
  });

  test('is answered when Help Scout signs a parameter that it does not document', async () => {
    const { app, findAddresses } = appWith();
    const query = `location=inbox&${platformQuery('706401868', null)}&plan-id=3`;
    const json = phpJson(Object.fromEntries(new URLSearchParams(query)));
    const signature = encodeURIComponent(sign(secretKey, json));
    const { status, text } = await get(
      app,
      `/helpscout?${query}&X-HelpScout-Signature=${signature}`,
    );
    expect(status).toBe(200);
    expect(toTerminal(text)).toContain('Robin & Sons');
    expect(findAddresses.mock.calls).toEqual([['706401868']]);
  });

  test('is the same without a body, for HEAD', async () => {
    const { app } = appWith();
    const { headers } = await get(app);
    const head = await request(app).head(addressFor('706401868'));
    expect(head.status).toBe(200);
    expect(head.text ?? '').toBe('');
    expect(head.headers['content-security-policy']).toBe(headers['content-security-policy']);
  });

  test('is answered again and again: a reload cannot be told from a replay', async () => {
    const { app } = appWith();
    for (let i = 0; i < 3; i++) expect((await get(app)).status).toBe(200);
  });

  test('is proven by the key before, too, until its date, and says so in the log', async () => {
    const keys = (until: Date) => ({
      secretKeys: { secretKey: 'q7Tz0mW4cK9vB2nX5sL8', previous: { secretKey, until } },
    });
    const before = appWith(keys(new Date(now.getTime() + 1)));
    expect((await get(before.app)).status).toBe(200);
    expect(before.entries[0]).toMatchObject({ event: 'accepted', class: 'previous_secret' });
    const after = appWith(keys(now));
    expect((await get(after.app)).status).toBe(403);
    expect(after.entries[0]).toMatchObject({ event: 'refused', class: 'expired_secret' });
  });

  test('never reads what was in the Callback URL, nor an address from a browser', async () => {
    const { app, findAccounts, findAddresses } = appWith();
    const address = `${addressFor('706401868')}&email=other@example.com&customer=2`;
    expect((await get(app, address)).status).toBe(200);
    expect(findAddresses.mock.calls).toEqual([['706401868']]);
    expect(lookedUp(findAccounts)).toEqual([[[robin.email]]]);
  });

  test('of a conversation without a customer gets a sentence, and nobody is asked', async () => {
    const { app, findAccounts, findAddresses } = appWith();
    const { status, text } = await get(app, addressFor(''));
    expect(status).toBe(200);
    expect(text).toContain('There is no customer on this conversation yet.');
    expect(findAddresses).not.toHaveBeenCalled();
    expect(findAccounts).not.toHaveBeenCalled();
  });

  test('of a customer without an address gets a sentence', async () => {
    const { app, findAccounts } = appWith({ findAddresses: async () => [] });
    expect((await get(app)).text).toContain('There is no e-mail address on this conversation.');
    expect(findAccounts).not.toHaveBeenCalled();
  });

  test('says what an admin must set when there are no credentials', async () => {
    const { app, findAccounts } = appWith({ findAddresses: null });
    const { status, text } = await get(app);
    expect(status).toBe(200);
    expect(text).toContain('set HELPSCOUT_APP_ID and HELPSCOUT_APP_SECRET');
    expect(findAccounts).not.toHaveBeenCalled();
  });
});

describe('accounts that know their customer’s id in Help Scout', () => {
  const byId: Partial<Dependencies> = {
    findsByCustomerId: true,
    findAccounts: async (emails, id) =>
      id === '706401868' || emails.includes(robin.email)
        ? [{ ...robin, helpScoutCustomerId: '706401868' }]
        : [],
  };

  test('are found by it, and no API is asked', async () => {
    const { app, findAccounts, findAddresses } = appWith(byId);
    expect((await get(app)).text).toContain('Robin &amp; Sons');
    expect(lookedUp(findAccounts)).toEqual([[[], '706401868']]);
    expect(findAddresses).not.toHaveBeenCalled();
  });

  test('are found by address where nobody is linked', async () => {
    const { app, findAccounts } = appWith(byId);
    expect((await get(app, addressFor('2'))).text).toContain('Robin &amp; Sons');
    expect(lookedUp(findAccounts)).toEqual([[[], '2'], [[robin.email]]]);
  });

  test('are not missed with a wish for credentials, where none are set', async () => {
    const { app } = appWith({ ...byId, findAddresses: null });
    const { text } = await get(app, addressFor('2'));
    expect(text).toContain('No account is linked to this customer of Help Scout.');
    expect(text).not.toContain('HELPSCOUT_APP_ID');
  });

  test('are not looked for by the id of a POST, which may be FreeScout’s', async () => {
    const { app, findAccounts } = appWith(byId);
    const body = '{"customer":{"id":706401868,"email":"other@example.com"}}';
    const response = await request(app)
      .post('/helpscout')
      .set('X-FREESCOUT-SIGNATURE', sign(secretKey, body))
      .serialize((sent) => sent)
      .send(body);
    expect(response.body.html).toContain('No account found for other@example.com.');
    expect(lookedUp(findAccounts)).toEqual([[['other@example.com']]]);
  });
});

describe('when Help Scout’s API', () => {
  test.each([
    ['is away', 'unreachable', 'can’t be reached right now'],
    ['is asked too much', 'busy', 'takes no more questions'],
    ['does not know the customer', 'unknown', 'does not know this customer'],
    ['refuses the credentials', 'refused', 'refuses this sidebar’s credentials'],
  ] as const)(
    '%s, the page says so, with the reference that the log has',
    async (_, reason, said) => {
      const findAddresses = () => Promise.reject(new MailboxError(reason, 'x'));
      const { app, entries } = appWith({ findAddresses });
      const { status, text } = await get(app);
      expect(status).toBe(200);
      expect(text).toContain(said);
      const [, ref] = /\(([0-9a-f]{8})\)/.exec(text) ?? [];
      expect(entries).toEqual([
        expect.objectContaining({ event: 'failed', endpoint: 'platform', class: 'mailbox_x', ref }),
      ]);
    },
  );

  const failing =
    (path: RegExp, status: number, text = '{}'): Interfere =>
    (req, res) => {
      if (!path.test(req.url ?? '')) return false;
      res.writeHead(status, { 'Retry-After': '30' }).end(text);
      return true;
    };
  test.each([
    [
      'refuses the token',
      failing(/token/, 401),
      'mailbox_token_401',
      words.mailboxErrorMessages.refused,
    ],
    [
      'refuses every token',
      failing(/cust/, 401),
      'mailbox_401',
      words.mailboxErrorMessages.refused,
    ],
    [
      'forbids the customer',
      failing(/cust/, 403),
      'mailbox_403',
      words.mailboxErrorMessages.refused,
    ],
    ['knows no such customer', undefined, 'mailbox_404', words.mailboxErrorMessages.unknown],
    ['was asked too much', failing(/cust/, 429), 'mailbox_429', words.mailboxErrorMessages.busy],
    ['fails', failing(/cust/, 500), 'mailbox_500', words.mailboxErrorMessages.unreachable],
    [
      'answers with what is no customer',
      failing(/cust/, 200, '{"email":"canary@example.com"}'),
      'mailbox_malformed',
      words.mailboxErrorMessages.unreachable,
    ],
    [
      'answers with what is no JSON',
      failing(/cust/, 200, '<p>canary@example.com'),
      'mailbox_malformed',
      words.mailboxErrorMessages.unreachable,
    ],
  ])(
    'itself %s, there is a sentence, and nothing personal in the log',
    async (_, interfere, failure, said) => {
      const standIn = await startMailboxStandIn(new Map(), interfere);
      onTestFinished(standIn.close);
      const findAddresses = createMailboxApi({ ...standInCredentials, baseUrl: standIn.url });
      const { app, entries, findAccounts } = appWith({ findAddresses });
      const started = performance.now();
      const { status, text } = await get(app);
      expect(performance.now() - started).toBeLessThan(withSlack(2_000));
      expect(status).toBe(200);
      const [, ref = ''] = /\(([0-9a-f]{8})\)/.exec(toTerminal(text)) ?? [];
      expect(toTerminal(text)).toContain(said(ref));
      // The agent can still search.
      expect(text).toContain('data-token');
      expect(findAccounts).not.toHaveBeenCalled();
      expect(entries).toMatchObject([
        { event: 'failed', endpoint: 'platform', class: failure, ref },
      ]);
      expect(JSON.stringify([entries, text])).not.toMatch(/canary|stand-in-app-secret|4a1dd9c5/);
      expect(JSON.stringify(entries)).not.toContain('706401868');
    },
  );

  test.each([
    ['never answers', () => true],
    [
      'sends its answer drop by drop',
      (_: unknown, res: { write: (text: string) => void }) => {
        const drops = setInterval(() => res.write(' '), 100);
        setTimeout(() => clearInterval(drops), 3_000);
        return true;
      },
    ],
  ])('%s, the agent is told within two seconds', async (_, interfere) => {
    const standIn = await startMailboxStandIn(new Map(), interfere);
    onTestFinished(standIn.close);
    const findAddresses = createMailboxApi({ ...standInCredentials, baseUrl: standIn.url });
    const started = performance.now();
    const { status, text } = await get(appWith({ findAddresses }).app);
    expect(performance.now() - started).toBeLessThan(withSlack(2_000));
    expect(status).toBe(200);
    expect(text).toContain('Help Scout’s API can’t be reached right now');
  });

  test('takes more than 1.2 seconds, the agent is told, and the database is not asked', async () => {
    const findAddresses = () =>
      new Promise<string[]>((resolve) => setTimeout(resolve, 1_600, [robin.email]));
    const { app, findAccounts } = appWith({ findAddresses });
    expect((await get(app)).text).toContain('Help Scout’s API can’t be reached right now');
    expect(findAccounts).not.toHaveBeenCalled();
  });

  test('and the database are both slow, the agent is told within two seconds', async () => {
    const slowly = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    const { app } = appWith({
      findAddresses: async () => {
        await slowly(1_100);
        return [robin.email];
      },
      findAccounts: async () => {
        await slowly(1_500);
        return [robin];
      },
    });
    const started = performance.now();
    const { text } = await get(app);
    expect(performance.now() - started).toBeLessThan(withSlack(2_000));
    expect(text).toContain('Customer data can’t be reached right now');
  });
});

describe('when the database', () => {
  test.each([
    ['is away', 'unreachable', 'ECONNREFUSED', words.errorMessages.unreachable],
    ['has too much to do', 'busy', 'pooler_exhausted', words.errorMessages.busy],
    ['lost a table', 'misconfigured', '42P01', words.errorMessages.misconfigured],
  ] as const)(
    '%s, the page says so, with the reference that the log has',
    async (_, reason, failure, said) => {
      const findAccounts = () => Promise.reject(new LookupError(reason, failure, {}));
      const { app, entries } = appWith({ findAccounts });
      const { status, text } = await get(app);
      expect(status).toBe(200);
      const [, ref = ''] = /\(([0-9a-f]{8})\)/.exec(toTerminal(text)) ?? [];
      expect(toTerminal(text)).toContain(said(ref));
      expect(entries).toMatchObject([
        { event: 'failed', endpoint: 'platform', class: failure, ref },
      ]);
    },
  );

  test('goes away, the page shows the last good answer, and to nobody else', async () => {
    let isAway = false;
    let time = now;
    const { app, entries } = appWith({
      now: () => time,
      findAddresses: async (id) => (id === '1' ? [robin.email] : ['sam@example.com']),
      findAccounts: async (emails) => {
        if (isAway) throw new LookupError('unreachable', 'ECONNREFUSED', {});
        return emails.includes(robin.email) ? [robin] : [];
      },
    });
    await get(app, addressFor('1'));
    isAway = true;
    time = new Date(now.getTime() + 3 * 60_000);
    const { text } = await get(app, addressFor('1'));
    expect(text).toContain('As of 15:14 UTC (3 min ago): the database can’t be reached right now.');
    expect(toTerminal(text)).toContain('Robin & Sons');
    expect(entries.at(-1)).toMatchObject({ endpoint: 'platform', outcome: 'stale' });
    const other = await get(app, addressFor('2'));
    expect(toTerminal(other.text)).not.toContain('Robin');
    expect(other.text).toContain('Customer data can’t be reached right now');
  });
});

test('says so when the layout fails, still as a page', async () => {
  const render = () => {
    throw new TypeError('account.ejs:3 is broken');
  };
  const { status, text } = await get(appWith({ render }).app);
  expect(status).toBe(200);
  expect(text).toMatch(/^<!doctype html>.*This sidebar is misconfigured/s);
  expect(text).not.toContain('account.ejs');
});

/** Signed by who piped the text through `echo`. */
function withLineFeed(): string {
  const query = platformQuery('706401868', null);
  const json = phpJson(Object.fromEntries(new URLSearchParams(query)));
  return `${query}&X-HelpScout-Signature=${encodeURIComponent(sign(secretKey, `${json}\n`))}`;
}

describe('without proof, a GET', () => {
  const right = addressFor('706401868');

  test.each([
    ['with another customer', right.replace('706401868', '706401869'), 'mismatch'],
    ['with claims and no signature', '/helpscout?customer-id=706401868', 'missing'],
    ['with the signature twice', `${right}&X-HelpScout-Signature=x`, 'duplicate'],
    ['with the customer twice', `${right}&customer-id=706401868`, 'duplicate'],
    ['with a malformed signature', '/helpscout?X-HelpScout-Signature=abc', 'shape'],
    ['with an empty signature', '/helpscout?X-HelpScout-Signature=', 'empty'],
    [
      'signed with the key and a space',
      `/helpscout?${platformQuery('706401868', `${secretKey} `)}`,
      'secret_white_space',
    ],
    ['signed with a line feed at its end', `/helpscout?${withLineFeed()}`, 'newline'],
    ['signed with no key', `/helpscout?${platformQuery('706401868', '')}`, 'empty_key'],
  ])(
    '%s gets a page for the admin, always the same, and nobody is asked',
    async (_, address, fault) => {
      const { app, findAccounts, findAddresses, entries } = appWith();
      const { status, text, headers } = await get(app, address);
      expect(status).toBe(403);
      const other = await get(appWith().app, '/helpscout?X-HelpScout-Signature=abc');
      expect(text).toBe(other.text);
      expect(toTerminal(text)).toContain('must be the same, to the letter');
      expect(headers['content-security-policy']).toContain('frame-ancestors https://secure.help');
      expect(headers['cache-control']).toBe('no-store');
      expect(text).not.toContain('data-token');
      expect(findAccounts).not.toHaveBeenCalled();
      expect(findAddresses).not.toHaveBeenCalled();
      expect(entries).toEqual([{ event: 'refused', class: fault, count: 1 }]);
    },
  );

  test('is refused as another app’s, with that app’s key', async () => {
    const { app, entries } = appWith();
    const other = `/helpscout?${platformQuery('706401868', 'q7Tz0mW4cK9vB2nX5sL8')}`;
    expect((await get(app, other)).status).toBe(403);
    expect(entries).toEqual([{ event: 'refused', class: 'mismatch', count: 1 }]);
  });

  test('is not believed for its other headers', async () => {
    const { app, findAccounts } = appWith();
    const headers = {
      'X-Forwarded-For': '127.0.0.1',
      'X-Real-IP': '127.0.0.1',
      'X-HTTP-Method-Override': 'POST',
      'X-Original-URL': right,
      Host: 'secure.helpscout.net',
      Origin: 'https://secure.helpscout.net',
      Referer: 'https://secure.helpscout.net/conversation/1/2/',
      Cookie: 'customer-id=706401868',
    };
    const unsigned = '/helpscout?customer-id=706401868';
    expect((await get(app, unsigned).set(headers)).status).toBe(403);
    expect(findAccounts).not.toHaveBeenCalled();
    expect((await get(app).set(headers)).status).toBe(200);
  });

  test('is refused however often it comes, with a sample of it in the log', async () => {
    const { app, entries } = appWith();
    for (let time = 0; time < 120; time++)
      expect((await get(app, '/helpscout?X-HelpScout-Signature=x')).status).toBe(403);
    expect(entries).toEqual([
      { event: 'refused', class: 'shape', count: 1 },
      { event: 'refused', class: 'shape', count: 100 },
    ]);
    // Nobody was locked out by it.
    expect((await get(app)).status).toBe(200);
  });

  test('with an address longer than 16 KiB is turned away before it is read', async () => {
    const { app, entries } = appWith();
    const { port, close } = await listen(app, 0, '127.0.0.1');
    onTestFinished(close);
    const long = await fetch(`http://127.0.0.1:${port}${right}&own=${'x'.repeat(17_000)}`);
    expect(long.status).toBe(431);
    expect((await fetch(`http://127.0.0.1:${port}${right}&own=${'x'.repeat(9_000)}`)).status).toBe(
      200,
    );
    expect(entries).toHaveLength(1);
  });

  test('tells the operator of a signature in hex', async () => {
    const { app, entries } = appWith();
    const url = new URL(`http://x${right}`);
    const signature = Buffer.from(url.searchParams.get('X-HelpScout-Signature') ?? '', 'base64');
    url.searchParams.set('X-HelpScout-Signature', signature.toString('hex'));
    expect((await get(app, `/helpscout${url.search}`)).status).toBe(403);
    expect(entries).toMatchObject([{ event: 'refused', class: 'hex_of_right_mac' }]);
  });

  test('with the signature in a header gets no account', async () => {
    const { app, findAccounts } = appWith();
    const { text } = await get(app, '/helpscout').set('X-HelpScout-Signature', 'x');
    expect(text).toContain('This is the Callback URL');
    expect(findAccounts).not.toHaveBeenCalled();
  });

  test.each(['/helpscout', '/helpscout?', '/helpscout?debug=1'])(
    'of %s alone is told what this address is for',
    async (address) => {
      const { app, findAccounts, entries } = appWith();
      const { status, text, headers } = await get(app, address);
      expect(status).toBe(200);
      expect(toTerminal(text)).toContain('This is the Callback URL of a help desk’s sidebar');
      expect(text).toContain('App Platform');
      expect(text).toContain('Dynamic Content');
      expect(headers['cache-control']).toBe('no-store');
      expect(text).not.toContain('data-token');
      expect(findAccounts).not.toHaveBeenCalled();
      expect(entries).toEqual([]);
    },
  );

  test('is answered at an address that ends in a slash', async () => {
    const { status, text } = await get(appWith().app, right.replace('?', '/?'));
    expect(status).toBe(200);
    expect(toTerminal(text)).toContain('Robin & Sons');
  });

  test.each(['/helpscout//', '/HelpScout', '//helpscout', '/helpscout/search/'])(
    'is not answered at %s',
    async (path) => {
      const { status, headers } = await get(appWith().app, right.replace('/helpscout', path));
      expect(status).toBe(404);
      expect(headers).not.toHaveProperty('location');
    },
  );

  test('closes the connection on a body that nobody reads', async () => {
    const { headers } = await get(appWith().app, right).send('x');
    expect(headers['connection']).toBe('close');
  });
});

describe('the search', () => {
  const search = (app: ReturnType<typeof createApp>, token: string, body: string | object) =>
    request(app).post('/helpscout/search').set('X-Search-Token', token).send(body);

  async function tokenFrom(app: ReturnType<typeof createApp>, customerId = '706401868') {
    const { text } = await get(app, addressFor(customerId));
    return /data-token="([^"]+)"/.exec(text)?.[1] ?? '';
  }

  test('finds another address for who has the token of a page', async () => {
    const { app, findAccounts, entries } = appWith({ findAddresses: async () => [] });
    const token = await tokenFrom(app);
    const { status, body, headers } = await search(app, token, { email: ' Robin@Example.com ' });
    expect(status).toBe(200);
    expect(toTerminal(body.html)).toContain('Robin & Sons');
    expect(toTerminal(body.html)).toContain(
      'Found by your search for robin@example.com, not by this conversation:',
    );
    expect(headers['cache-control']).toBe('no-store');
    expect(lookedUp(findAccounts)).toEqual([[[robin.email]]]);
    expect(entries.at(-1)).toMatchObject({
      event: 'answered',
      endpoint: 'search',
      outcome: 'found',
    });
    expect(JSON.stringify(entries)).not.toMatch(/robin/i);
  });

  test('says that nobody was found', async () => {
    const { app } = appWith();
    const { body } = await search(app, await tokenFrom(app), { email: 'nobody@example.com' });
    expect(body.html).toContain('No account found for nobody@example.com.');
  });

  test.each([{}, { email: 7 }, { email: ['robin@example.com'] }, { email: 'robin' }, [], 'x'])(
    'looks nobody up for %j',
    async (sent) => {
      const { app, findAccounts } = appWith({ findAddresses: async () => [] });
      const { status, body } = await search(app, await tokenFrom(app), sent);
      expect(status).toBe(200);
      expect(body.html).toContain('That is not an e-mail address.');
      expect(findAccounts).not.toHaveBeenCalled();
    },
  );

  test.each([
    ['', 'no token'],
    ['x', 'something else'],
    [platformQuery('1', secretKey), 'a signed query'],
  ])('is refused with %s: %s', async (token) => {
    const { app, findAccounts, entries } = appWith();
    const { status, text } = await search(app, token, { email: robin.email });
    expect(status).toBe(403);
    expect(text).toBe('{"error":"forbidden"}');
    expect(findAccounts).not.toHaveBeenCalled();
    expect(entries).toEqual([{ event: 'refused', class: 'search_token', count: 1 }]);
  });

  test('is refused with a token in the body or the address alone', async () => {
    const { app, findAccounts } = appWith({ findAddresses: async () => [] });
    const token = await tokenFrom(app);
    const response = await request(app)
      .post(`/helpscout/search?token=${token}`)
      .send({ token, email: robin.email });
    expect(response.status).toBe(403);
    expect(findAccounts).not.toHaveBeenCalled();
  });

  test('is refused when the page is a quarter of an hour old', async () => {
    let time = now;
    const { app } = appWith({ now: () => time });
    const token = await tokenFrom(app);
    time = new Date(now.getTime() + 15 * 60_000);
    expect((await search(app, token, { email: robin.email })).status).toBe(403);
  });

  test('ends at twenty for each conversation, however often its page is loaded', async () => {
    const { app, findAccounts, entries } = appWith({ findAddresses: async () => [] });
    for (let i = 0; i < 20; i++)
      expect((await search(app, await tokenFrom(app), { email: robin.email })).status).toBe(200);
    const { status, body } = await search(app, await tokenFrom(app), { email: robin.email });
    expect(status).toBe(429);
    expect(body.html).toContain('Too many searches. Try again in 15 minutes.');
    expect(entries.at(-1)).toEqual({ event: 'rejected', class: 'search_limit', count: 1 });
    expect(findAccounts).toHaveBeenCalledTimes(20);
    const other = await search(app, await tokenFrom(app, '2'), { email: robin.email });
    expect(other.status).toBe(200);
  });

  test('refuses a body that is too large, and other methods', async () => {
    const { app } = appWith();
    const token = await tokenFrom(app);
    expect((await search(app, token, { email: 'x'.repeat(70_000) })).status).toBe(413);
    const response = await request(app).get('/helpscout/search');
    expect(response.status).toBe(405);
    expect(response.headers['allow']).toBe('POST');
  });
});

test('leaves nothing of who asked or who was found in the log', async () => {
  const { app, entries } = appWith();
  await get(app);
  await get(app, addressFor('706401868').replace('706401868', '31337'));
  expect(entries).toHaveLength(2);
  expect(JSON.stringify(entries)).not.toMatch(
    /robin|706401868|31337|3382942562|[A-Za-z0-9+/]{26}/i,
  );
});

describe('the operator of a platform app', () => {
  const until = new Date('2027-01-31T00:00:00Z');

  test('has a verifier that fails counted as a refusal', async () => {
    const previous = { secretKey: null as unknown as string, until };
    const { app, entries, findAddresses } = appWith({ secretKeys: { secretKey, previous } });
    expect((await get(app)).status).toBe(403);
    expect(findAddresses).not.toHaveBeenCalled();
    expect(entries).toEqual([{ event: 'refused', class: 'verify_threw', count: 1 }]);
  });

  test('has a diagnosis that fails counted so, too', () => {
    const authenticate = createAuthenticate({ secretKey, previous: null }, () => now, vi.fn());
    const signed = () => {
      throw new TypeError('a defect');
    };
    const claim = { signature: 'x', verify: () => null, signed };
    expect(authenticate(claim)).toBe('verify_threw');
  });

  test('is told of an address that is loaded suspiciously often', async () => {
    const { app, entries } = appWith();
    for (let time = 0; time < 60; time++) await get(app);
    expect(entries).toContainEqual({ event: 'accepted', class: 'same_signature', count: 1 });
  });

  test('sees which page had nobody looked up because there was too much to do', async () => {
    const { app, findAccounts, entries } = appWith({ isOverloaded: () => true });
    const { status, text } = await get(app);
    expect(status).toBe(200);
    expect(toTerminal(text)).toMatch(/\([0-9a-f]{8}\)/);
    expect(findAccounts).not.toHaveBeenCalled();
    expect(entries).toMatchObject([{ event: 'failed', endpoint: 'platform', class: 'overload' }]);
  });
});
