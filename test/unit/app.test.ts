import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import request from 'supertest';
import { describe, expect, test, vi } from 'vitest';
import { LookupError } from '../../src/domain/account.ts';
import { whyUnreachable } from '../../src/domain/failures.ts';
import { sign } from '../../src/helpscout/signature.ts';
import { createApp, type Dependencies } from '../../src/http/app.ts';
import { requestBody } from '../../src/kit/request.ts';
import { emptiest } from '../../src/sidebar/samples.ts';
import { dependencies, headersFor, lookedUp, now, secretKey } from '../examples.ts';

const body = requestBody(['robin@example.com']);

/** An app whose lookups are counted. */
function appWith(changes: Partial<Dependencies> = {}) {
  const surroundings = dependencies();
  const findAccounts = vi.fn(changes.findAccounts ?? surroundings.findAccounts);
  const app = createApp({ ...surroundings, ...changes, findAccounts });
  return { app, findAccounts, entries: surroundings.log.entries };
}

const post = (
  app: ReturnType<typeof createApp>,
  text: string | Buffer,
  headers = headersFor(text),
) =>
  request(app)
    .post('/helpscout')
    .set(headers)
    // A Buffer goes out as it is; superagent would make JSON of it.
    .serialize((sent) => sent)
    .send(text);

describe('a caller without proof', () => {
  const right = headersFor(body)['X-HelpScout-Signature'] as string;

  test.each([
    ['no signature', {}],
    ['an empty one', { 'X-HelpScout-Signature': '' }],
    ['a malformed one', { 'X-HelpScout-Signature': 'sha1=abc' }],
    ['a wrong one', { 'X-HelpScout-Signature': 'I1KlvGppYqvFTJgJ9jezdQMDiyI=' }],
    ['the right one twice', { 'X-HelpScout-Signature': [right, right] }],
    [
      'the right one behind a wrong one',
      { 'X-HelpScout-Signature': [`${'A'.repeat(27)}=`, right] },
    ],
    ['the right one under another name', { X_HELPSCOUT_SIGNATURE: right }],
  ])('with %s is turned away with the same words, and nobody is looked up', async (_, headers) => {
    const { app, findAccounts } = appWith();
    const response = await post(app, body, headers as Record<string, string>);
    expect(response.status).toBe(403);
    expect(response.text).toBe('{"error":"forbidden"}');
    expect(findAccounts).not.toHaveBeenCalled();
  });
});

describe('the operator', () => {
  const until = new Date('2027-01-31T00:00:00Z');
  const secretKeys = { secretKey, previous: { secretKey: 'the-key-that-was-before', until } };
  const withSignature = (signature: string) => ({ 'X-HelpScout-Signature': signature });
  const right = headersFor(body)['X-HelpScout-Signature'] as string;

  test.each([
    ['missing', {}],
    ['empty', withSignature('')],
    ['shape', withSignature('sha1=abc')],
    ['hex_of_right_mac', withSignature(Buffer.from(right, 'base64').toString('hex'))],
    ['mismatch', withSignature(sign('another-key-of-some-length', body))],
    ['newline', withSignature(sign(secretKey, `${body}\n`))],
    ['secret_white_space', withSignature(sign(`${secretKey}\n`, body))],
  ])('is told of a refusal that its class is %s, and nothing more', async (reason, headers) => {
    const { app, entries } = appWith();
    expect((await post(app, body, headers as Record<string, string>)).status).toBe(403);
    expect(entries).toEqual([{ event: 'refused', class: reason, count: 1 }]);
  });

  test('is told of the key before: while it holds, and when it has ended', async () => {
    const headers = withSignature(sign('the-key-that-was-before', body));
    const during = appWith({ secretKeys });
    expect((await post(during.app, body, headers)).status).toBe(200);
    expect(during.entries).toContainEqual({
      event: 'accepted',
      class: 'previous_secret',
      count: 1,
    });
    const after = appWith({ secretKeys, now: () => until });
    expect((await post(after.app, body, headers)).status).toBe(403);
    expect(after.entries).toEqual([{ event: 'refused', class: 'expired_secret', count: 1 }]);
    expect((await post(after.app, body)).status).toBe(200);
  });

  test('is told of a signature that comes again and again, which may be a captured request', async () => {
    const { app, entries } = appWith();
    for (let i = 0; i < 61; i++) await post(app, body);
    expect(entries.filter((entry) => 'class' in entry)).toEqual([
      { event: 'accepted', class: 'same_signature', count: 1 },
    ]);
  });

  test('is told that a body was signed and is no conversation, without a word of it', async () => {
    const { app, entries } = appWith();
    await post(app, '{"customer": "canary');
    expect(entries).toMatchObject([{ event: 'failed', class: 'bad_body' }]);
    expect(JSON.stringify(entries)).not.toContain('canary');
  });

  test('has a verifier that fails counted as a refusal', async () => {
    const previous = { secretKey: null as unknown as string, until };
    const secretKeys = { secretKey, previous };
    const { app, entries, findAccounts } = appWith({ secretKeys });
    expect((await post(app, body)).status).toBe(403);
    expect(findAccounts).not.toHaveBeenCalled();
    expect(entries).toEqual([{ event: 'refused', class: 'verify_threw', count: 1 }]);
  });

  test('has the mistakes told apart once a minute, which is when it costs', async () => {
    let time = now;
    const { app, entries } = appWith({ now: () => time });
    const headers = withSignature(sign(secretKey, `${body}\n`));
    await post(app, body, headers);
    await post(app, body, headers);
    time = new Date(now.getTime() + 60_000);
    await post(app, body, headers);
    const classes = entries.map((entry) => (entry as { class: string }).class);
    expect(classes).toEqual(['newline', 'mismatch', 'newline']);
  });
});

describe('a verified request', () => {
  test('is answered with html that nobody may keep, read as anything else or be led away from', async () => {
    const { app, findAccounts } = appWith();
    const response = await post(app, body);
    expect(response.status).toBe(200);
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(response.headers['cache-control']).toBe('no-store');
    expect(response.headers['x-content-type-options']).toBe('nosniff');
    expect(response.headers).not.toHaveProperty('x-powered-by');
    expect(Object.keys(response.body)).toEqual(['html']);
    expect(lookedUp(findAccounts)).toEqual([[['robin@example.com']]]);
  });

  test.each([
    ['pretty-printed', JSON.stringify(JSON.parse(body), null, 2)],
    ['with escaped slashes and letters', requestBody(['josé/x@example.com'])],
    ['with raw UTF-8', JSON.stringify({ customer: { email: 'josé@example.com' } })],
  ])('%s is verified as sent, and turned away when a byte differs', async (_, text) => {
    const { app } = appWith();
    expect((await post(app, text)).status).toBe(200);
    const changed = Buffer.from(text);
    changed[changed.length - 4] = (changed[changed.length - 4] as number) ^ 1;
    expect((await post(app, changed, headersFor(text))).status).toBe(403);
  });

  test.each(['text/plain', 'application/json; charset=utf-16', 'nonsense', 'multipart/form-data'])(
    'is read as JSON though it calls itself "%s"',
    async (type) => {
      const { app, findAccounts } = appWith();
      const response = await post(app, body, { ...headersFor(body), 'Content-Type': type });
      expect(response.status).toBe(200);
      expect(findAccounts).toHaveBeenCalledOnce();
    },
  );

  test.each([
    [
      'without an address',
      '{"ticket":{"id":"1"},"customer":{"email":null,"emails":[]}}',
      'no e-mail address',
    ],
    ['of a draft', '{"ticket":false,"customer":[]}', 'This is a draft'],
    ['without anything', '{}', 'no e-mail address'],
  ])('%s gets a sentence, and nobody is looked up', async (_, text, sentence) => {
    const { app, findAccounts } = appWith();
    const response = await post(app, text);
    expect(response.status).toBe(200);
    expect(response.body.html).toContain(sentence);
    expect(findAccounts).not.toHaveBeenCalled();
  });

  test('of a draft that has an address is looked up', async () => {
    const { app, findAccounts } = appWith();
    await post(app, '{"ticket":false,"customer":{"email":"robin@example.com"}}');
    expect(findAccounts).toHaveBeenCalledOnce();
  });

  test.each(['not json', '[]', 'null', '"text"', '\ufeff{}', '{"customer":'])(
    'whose body is %j gets a sentence for the admin',
    async (text) => {
      const response = await post(appWith().app, text);
      expect(response.status).toBe(200);
      expect(response.body.html).toMatch(/misconfigured \([0-9a-f]{8}\)/);
    },
  );

  test.each([
    ['unreachable', 'ECONNREFUSED', 'can’t be reached right now'],
    ['misconfigured', '42P01', 'is misconfigured'],
  ] as const)(
    'says so when the database is %s, with the reference that the log has',
    async (reason, code, sentence) => {
      const findAccounts = () =>
        Promise.reject(new LookupError(reason, code, { cause: new Error('of robin@example.com') }));
      const { app, entries } = appWith({ findAccounts });
      const response = await post(app, body);
      expect(response.status).toBe(200);
      expect(response.body.html).toContain(sentence);
      const [, ref] = /\(([0-9a-f]{8})\)/.exec(response.body.html) ?? [];
      expect(entries).toContainEqual(
        expect.objectContaining({ event: 'failed', class: code, ref }),
      );
    },
  );

  test.each([
    [
      'the database fails',
      'unreachable',
      'ECONNREFUSED',
      'the database can’t be reached right now',
    ],
    ['the query fails for this customer', 'misconfigured', '22012', 'newer data can’t be read'],
    ['the server has too much to do', 'busy', 'overload', 'the sidebar is busy right now'],
  ] as const)('gets the last good answer when %s, and its age', async (_, reason, code, why) => {
    let failure: Error | null = null;
    let time = now;
    const findAccounts = async () => {
      if (failure) throw failure;
      return [{ ...emptiest, email: 'robin@example.com', companyName: 'Example & Sons' }];
    };
    const { app, entries } = appWith({ findAccounts, now: () => time });
    await post(app, body);
    failure = new LookupError(reason, code, {});
    time = new Date(now.getTime() + 3 * 60_000);
    const response = await post(app, body);
    expect(response.status).toBe(200);
    expect(response.body.html).toContain(`As of 15:14 UTC (3 min ago): ${why}.`);
    expect(response.body.html).toContain('Example &amp; Sons');
    expect(entries).toContainEqual(expect.objectContaining({ outcome: 'stale', class: code }));
    const other = await post(app, requestBody(['other@example.com']));
    expect(other.body.html).not.toContain('Example');
  });

  test('says in the log what to do where the query fails for a customer’s data', async () => {
    const cause = new Error('invalid input syntax for type integer: "robin@example.com"');
    const findAccounts = () => Promise.reject(new LookupError('misconfigured', '22P02', { cause }));
    const { app, entries } = appWith({ findAccounts });
    await post(app, body);
    expect(entries).toMatchObject([
      { event: 'failed', class: '22P02', ...whyUnreachable('22P02') },
    ]);
    expect(JSON.stringify(entries)).not.toContain('robin');
  });

  test('gets a sentence even when the layout fails', async () => {
    const render = () => {
      throw new TypeError('/views/account.ejs:3\n >> 3| …\n\nfred@example.com is no date');
    };
    const { app, entries } = appWith({ render });
    const response = await post(app, body);
    expect(response.status).toBe(200);
    expect(response.body.html).toMatch(/^<p>This sidebar is misconfigured/);
    expect(response.body.html).not.toContain('account.ejs');
    expect(JSON.stringify(entries)).toContain('/views/account.ejs:3');
    expect(JSON.stringify(entries)).not.toContain('fred@');
  });

  test('leaves nothing in the log of what another’s library says of it', async () => {
    const quoting = new Error('invalid input syntax for type uuid: "robin@example.com"');
    const { app, entries } = appWith({ findAccounts: () => Promise.reject(quoting) });
    expect((await post(app, body)).status).toBe(200);
    expect(entries).toMatchObject([
      { class: 'Error', stack: expect.arrayContaining([expect.stringContaining('app.test.ts')]) },
    ]);
    expect(JSON.stringify(entries)).not.toContain('robin');
  });

  test('leaves nothing of itself in the log', async () => {
    const { app, entries } = appWith();
    const text = requestBody(['canary@example.com']);
    await post(app, text);
    await post(app, text, { ...headersFor('other') });
    await post(app, `${text}canary`, headersFor(`${text}canary`));
    expect(entries).toHaveLength(3);
    expect(JSON.stringify(entries)).not.toMatch(/canary|customer|[A-Za-z0-9+/]{26}/);
  });
});

describe('FreeScout', () => {
  // As its custom-app module writes it: ids are numbers, there is no user, a customer has a channel.
  const asked =
    '{"ticket":{"id":12,"number":7,"subject":"Hi"},"customer":{"id":9,"fname":"R","lname":"","channel":1,"email":"robin@example.com","emails":["robin@example.com"]},"mailbox":{"id":1,"email":"support@example.com"}}';
  const signature = headersFor(asked)['X-HelpScout-Signature'] as string;
  const askAt = (address: string, header: string) => {
    const robin = { ...emptiest, email: 'robin@example.com', planName: 'Business' };
    const surroundings = appWith({ findAccounts: async () => [robin] });
    const answer = request(surroundings.app)
      .post(address)
      .set({ 'Content-Type': 'application/json', [header]: signature })
      .send(asked);
    return { ...surroundings, answer };
  };

  test.each([
    ['its own header', '/helpscout', 'X-FREESCOUT-SIGNATURE', 'freescout'],
    ['its own header in small letters', '/helpscout', 'x-freescout-signature', 'freescout'],
    ['Help Scout’s', '/helpscout', 'X-HELPSCOUT-SIGNATURE', undefined],
    [
      'Help Scout’s, with its name',
      '/helpscout?app=freescout',
      'X-HELPSCOUT-SIGNATURE',
      'freescout',
    ],
    [
      'Help Scout’s, with its name last',
      '/helpscout/?a=1&app=freescout',
      'X-HELPSCOUT-SIGNATURE',
      'freescout',
    ],
    [
      'Help Scout’s, with another name',
      '/helpscout?app=freescouts',
      'X-HELPSCOUT-SIGNATURE',
      undefined,
    ],
    [
      'Help Scout’s, with another parameter',
      '/helpscout?x=app=freescout',
      'X-HELPSCOUT-SIGNATURE',
      undefined,
    ],
  ])('has a layout and a count of its own with %s', async (_, address, header, endpoint) => {
    const { answer, entries } = askAt(address, header);
    const { status, body } = await answer;
    expect(status).toBe(200);
    expect(body.html.includes('<small')).toBe(endpoint === 'freescout');
    expect(body.html.includes('class=')).toBe(endpoint !== 'freescout');
    expect(entries).toMatchObject([{ event: 'answered', outcome: 'found' }]);
    expect((entries[0] as { endpoint?: string }).endpoint).toBe(endpoint);
  });

  test('reads a message in its own layout, too', async () => {
    const unreachable = async () => {
      throw new LookupError('unreachable', 'ECONNREFUSED', {});
    };
    const { app } = appWith({ findAccounts: unreachable });
    const { body } = await post(app, asked, { 'X-FREESCOUT-SIGNATURE': signature });
    expect(body.html).toContain('Customer data can’t be reached right now');
    expect(body.html).toContain('style=');
  });

  test('reads that a customer by phone has no address', async () => {
    const phoned = asked.replace(/"email":.*\]/, '"channel_id":null,"email":"","emails":[]');
    const { app, findAccounts, entries } = appWith();
    const { status } = await post(app, phoned, {
      'X-FREESCOUT-SIGNATURE': headersFor(phoned)['X-HelpScout-Signature'] as string,
    });
    expect(status).toBe(200);
    expect(entries).toMatchObject([{ endpoint: 'freescout', outcome: 'no_address' }]);
    expect(findAccounts).not.toHaveBeenCalled();
  });

  test.each(['X-FREESCOUT-SIGNATURE', 'X-HELPSCOUT-SIGNATURE'])(
    'is answered when it signs in %s',
    async (name) => {
      const { app, findAccounts } = appWith();
      const response = await post(app, asked, { [name]: signature });
      expect(response.status).toBe(200);
      expect(response.body.html).toContain('robin@example.com');
      expect(lookedUp(findAccounts)).toEqual([[['robin@example.com']]]);
    },
  );

  test('is turned away when its body was changed', async () => {
    const { app, findAccounts } = appWith();
    const response = await post(app, `${asked} `, { 'X-FREESCOUT-SIGNATURE': signature });
    expect(response.status).toBe(403);
    expect(findAccounts).not.toHaveBeenCalled();
  });

  test('is turned away with a signature in either header', async () => {
    const { app, entries } = appWith();
    const both = { 'X-FREESCOUT-SIGNATURE': signature, 'X-HELPSCOUT-SIGNATURE': signature };
    expect((await post(app, asked, both)).status).toBe(403);
    expect(entries).toMatchObject([{ event: 'refused', class: 'duplicate' }]);
  });
});

describe('everything else', () => {
  test.each(['/', '/helpscout//', '/HelpScout', '//helpscout', '/favicon.ico', '/%zz'])(
    'answers 404 at %s, and never a redirect',
    async (path) => {
      const response = await request(appWith().app).post(path).set(headersFor(body)).send(body);
      expect(response.status).toBe(404);
      expect(response.headers).not.toHaveProperty('location');
    },
  );

  test('answers a Callback URL that ends in a slash', async () => {
    const response = await request(appWith().app)
      .post('/helpscout/')
      .set(headersFor(body))
      .send(body);
    expect(response.status).toBe(200);
    expect(response.body.html).toContain('robin@example.com');
  });

  test('ignores the query of the Callback URL, which is not signed', async () => {
    const { app, findAccounts } = appWith();
    const response = await request(app)
      .post('/helpscout?email=other@example.com')
      .set(headersFor(body))
      .send(body);
    expect(response.status).toBe(200);
    expect(lookedUp(findAccounts)).toEqual([[['robin@example.com']]]);
  });

  test.each(['put', 'patch', 'delete', 'options'] as const)(
    'says by which method to come instead of %s',
    async (method) => {
      const response = await request(appWith().app)[method]('/helpscout');
      expect(response.status).toBe(405);
      expect(response.headers['allow']).toBe('GET, HEAD, POST');
    },
  );

  test('takes a body of 64 KiB and refuses one byte more', async () => {
    const { app } = appWith();
    const full = Buffer.alloc(64 * 1024, ' ');
    full.write(body);
    expect((await post(app, full)).status).toBe(200);
    const over = Buffer.concat([full, Buffer.from(' ')]);
    const response = await post(app, over);
    expect(response.status).toBe(413);
    expect(response.text).toBe('{"error":"too large"}');
  });

  test('refuses an endless body that does not announce its size', async () => {
    const server = createServer(appWith().app).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const signature = headersFor(body)['X-HelpScout-Signature'];
    socket.write(
      `POST /helpscout HTTP/1.1\r\nHost: x\r\nX-HelpScout-Signature: ${signature}\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    socket.on('error', () => {});
    const chunk = `4000\r\n${' '.repeat(0x4000)}\r\n`;
    for (let sent = 0; sent < 6; sent++) socket.write(chunk);
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1\.1 413 /);
    socket.destroy();
    server.close();
  });

  test('does not inflate a body', async () => {
    const response = await post(appWith().app, body, {
      ...headersFor(body),
      'Content-Encoding': 'gzip',
    });
    expect(response.status).toBe(415);
  });

  test('leads balancers away while it stops, and still answers', async () => {
    const { app } = appWith({ isDraining: () => true });
    expect((await request(app).get('/readyz')).status).toBe(503);
    expect((await request(app).get('/healthz')).status).toBe(200);
    expect((await post(app, body)).status).toBe(200);
  });

  test('says that it is alive, and that it is ready', async () => {
    expect((await request(appWith().app).get('/readyz')).status).toBe(200);
    const response = await request(appWith().app).get('/healthz');
    expect(response.status).toBe(200);
    expect((await request(appWith().app).post('/healthz')).status).toBe(405);
  });
});
