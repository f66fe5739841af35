import { describe, expect, test } from 'vitest';
import { lookupAddresses, readConversation } from '../../src/helpscout/conversation.ts';

const read = (payload: unknown) => readConversation(Buffer.from(JSON.stringify(payload)));
const emailsOf = (customer: unknown) => read({ ticket: { id: '1' }, customer })?.emails;

test('reads a body as Help Scout sends it', () => {
  // Captured by a public project: the customer's address, and all of them.
  const body =
    '{"ticket":{"id":"322585297","number":"42","subject":"first subject - Order 357"},"customer":{"id":"114322164","fname":"Tef","lname":"Ahd","email":"o25@gmail.com","emails":["o25@gmail.com","123@gmail.com"]},"user":{"fname":"abc","lname":"Asd","id":"134073","role":"admin","convRedirect":0},"mailbox":{"id":"100016","email":"test2@startd.com"}}';
  expect(readConversation(Buffer.from(body))).toEqual({
    emails: ['o25@gmail.com', '123@gmail.com'],
    isDraft: false,
    teamDomain: 'startd.com',
    context: {
      inbox: 'test2@startd.com',
      inboxId: '100016',
      role: 'admin',
      agentId: '134073',
      conversationId: '322585297',
      conversationNumber: '42',
      app: 'legacy',
    },
  });
});

describe('the addresses', () => {
  test('begin with the preferred one, wherever it stands in the list', () => {
    const emails = ['a@example.com', 'b@example.com', 'c@example.com'];
    expect(emailsOf({ email: 'b@example.com', emails })).toEqual([
      'b@example.com',
      'a@example.com',
      'c@example.com',
    ]);
  });

  test.each([
    ['the list is missing', { email: 'a@example.com' }],
    ['the list is empty', { email: 'a@example.com', emails: [] }],
    ['the preferred one is missing', { emails: ['a@example.com'] }],
    ['the preferred one is null', { email: null, emails: ['a@example.com'] }],
    ['the list is no list', { email: 'a@example.com', emails: 'b@example.com' }],
    ['PHP wrote its filtered list as an object', { emails: { 0: 'a@example.com', 2: null } }],
    ['it is listed in another case', { email: 'A@Example.com', emails: [' a@example.COM '] }],
  ])('are found when %s', (_, customer) => {
    expect(emailsOf(customer)).toEqual(['a@example.com']);
  });

  test.each([
    ['the customer is missing', undefined],
    ['the customer is null', null],
    ['the customer is a list', [{ email: 'a@example.com' }]],
    ['the customer is text', 'a@example.com'],
    ['the customer has none', { email: null, emails: [] }],
    ['the customer has empty ones', { email: '', emails: ['', ' '] }],
  ])('are none when %s', (_, customer) => {
    expect(emailsOf(customer)).toEqual([]);
  });

  test.each([
    ['a number', 42],
    ['true', true],
    ['a list', ['x@example.com']],
    ['an object', { value: 'x@example.com' }],
    ['null', null],
    ['text without @', 'example.com'],
    ['nobody', '@example.com'],
    ['no domain', 'x@'],
    ['a space inside', 'x y@example.com'],
    ['a quoted part', '"x y"@example.com'],
    ['a tab inside', 'x\ty@example.com'],
    ['a NUL', 'x\0@example.com'],
    ['an escape character', 'x\u001b[2J@example.com'],
    ['an invisible character inside', 'x\u200by@example.com'],
    ['a soft hyphen inside', 'x@exam\u00adple.com'],
    ['an address with a text behind it', 'A <x@example.com> x'],
    ['two addresses in angle brackets', 'x <x@example.com> <y@example.com>'],
    ['nothing in angle brackets', 'x@example.com <>'],
    ['half of a surrogate pair', 'x\ud83d@example.com'],
    ['a fullwidth @', 'x\uff20example.com'],
    ['255 characters', `${'x'.repeat(243)}@example.com`],
  ])('leave out %s', (_, value) => {
    const emails = ['a@example.com', value, 'z@example.com'];
    expect(emailsOf({ email: value, emails })).toEqual(['a@example.com', 'z@example.com']);
  });

  test.each([
    ['254 characters', `${'x'.repeat(242)}@example.com`],
    ['an apostrophe', "o'neil@example.com"],
    ['the signs of a pattern', 'a%_b@example.com'],
    ['a tag', 'a+tag@example.com'],
    ['letters beyond ASCII', 'jos\u00e9@ex\u00e4mple.com'],
    ['a whole surrogate pair', 'x\ud83d\ude00@example.com'],
  ])('keep %s', (_, value) => {
    expect(emailsOf({ email: value })).toEqual([value]);
  });

  test.each([
    ['angle brackets', '<A@example.com>'],
    ['a name', 'Ada Lovelace <a@example.com>'],
    ['a quoted name with a comma', '"Lovelace, Ada" < a@example.com >'],
    ['a name that is another address', 'x@example.com <a@example.com>'],
    ['a scheme', 'mailto:a@example.com'],
    ['a scheme in upper case', 'MAILTO: a@example.com'],
    ['a scheme in angle brackets', '<mailto:a@example.com>'],
    ['a scheme around angle brackets', 'mailto:<a@example.com>'],
    ['a scheme and blanks in angle brackets', '< mailto:a@example.com >'],
    ['zero-width spaces', '\u200ba@example.com\u200b'],
    ['an invisible character within the brackets', 'Ada <\u2060a@example.com\ufeff>'],
    ['a no-break space', '\u00a0a@example.com\u00a0'],
    ['marks of writing direction', '\u202aa@example.com\u202c'],
    ['a variation selector', 'a@example.com\ufe0f'],
    ['a NUL and a line break', '\0a@example.com\r\n'],
  ])('are taken out of %s', (_, value) => {
    expect(emailsOf({ email: value })).toEqual(['a@example.com']);
  });

  test('are read quickly from long texts of blanks and brackets', () => {
    const long = ['a', ' '.repeat(60_000), '<', '\u200b'.repeat(60_000), 'b'].join('');
    expect(lookupAddresses([long, '<'.repeat(60_000)])).toEqual([]);
  });

  test('are all that differ', () => {
    const numbered = Array.from({ length: 100 }, (_, i) => `${i}@example.com`);
    const emails = ['0@example.com', 'no address', ...numbered];
    expect(emailsOf({ email: '<0@EXAMPLE.com>', emails })).toEqual(numbered);
  });

  test('are those of the customer, never of the agent, the mailbox or the subject', () => {
    const elsewhere = {
      email: 'x@example.com',
      emails: ['x@example.com'],
      ticket: { id: '1', subject: 'x@example.com', email: 'x@example.com' },
      user: { email: 'x@example.com', emails: ['x@example.com'] },
      mailbox: { id: '1', email: 'x@example.com' },
    };
    expect(read({ ...elsewhere, customer: { id: '1' } })?.emails).toEqual([]);
  });

  test.each(['__proto__', 'constructor', 'prototype'])('cannot be put in through %s', (key) => {
    const smuggled = `{"${key}":{"customer":{"email":"x@example.com"},"email":"x@example.com"}}`;
    expect(readConversation(Buffer.from(smuggled))?.emails).toEqual([]);
    const inCustomer = Buffer.from(`{"customer":${smuggled}}`);
    expect(readConversation(inCustomer)?.emails).toEqual([]);
  });

  test('are read in the same way from anything that was sent', () => {
    expect(lookupAddresses([undefined, 1, 'B@example.com', 'b@example.com'])).toEqual([
      'b@example.com',
    ]);
  });
});

describe('the context', () => {
  const contextOf = (payload: object) => read(payload)?.context;

  test('has ids that are numbers as text, as FreeScout sends them', () => {
    const payload = { ticket: { id: 3, number: 42 }, user: { id: 7 }, mailbox: { id: 1 } };
    expect(contextOf(payload)).toEqual({
      ...{ inboxId: '1', agentId: '7', conversationId: '3', conversationNumber: '42' },
      app: 'legacy',
    });
  });

  test.each([
    ['missing', undefined],
    ['null', null],
    ['empty', ''],
    ['true', true],
    ['a list', ['admin']],
    ['an object', { role: 'admin' }],
    ['a text with a blank', 'admin '],
    ['a NUL, which no jsonb can hold', 'ad\0min'],
    ['half of a surrogate pair', 'admin\ud83d'],
    ['a letter beyond ASCII, which not every database can hold', 'admīn'],
    ['endless', 'x'.repeat(255)],
  ])('has no role that is %s', (_, role) => {
    expect(contextOf({ user: { role } })).toEqual({ app: 'legacy' });
  });

  test('has the inbox’s address as addresses are compared', () => {
    expect(contextOf({ mailbox: { email: 'Billing@Example.com' } })).toMatchObject({
      inbox: 'billing@example.com',
    });
  });

  test('has nothing of the customer, the subject, the agent’s name or unknown keys', () => {
    const payload = {
      ...{ role: 'admin', app: 'x', context: { role: 'admin' } },
      ticket: { subject: 'x', role: 'admin' },
      customer: { id: '1', role: 'admin' },
      user: { fname: 'x', email: 'x@example.com' },
      mailbox: { role: 'admin' },
    };
    expect(contextOf(payload)).toEqual({ app: 'legacy' });
  });
});

describe('a draft', () => {
  test('is a conversation whose ticket is false', () => {
    expect(read({ ticket: false, customer: { email: null } })).toEqual({
      emails: [],
      isDraft: true,
      teamDomain: null,
      context: { app: 'legacy' },
    });
  });

  test('may have an address already', () => {
    expect(read({ ticket: false, customer: { email: 'a@example.com' } })).toEqual({
      emails: ['a@example.com'],
      isDraft: true,
      teamDomain: null,
      context: { app: 'legacy' },
    });
  });

  test.each([[{}], [{ ticket: null }], [{ ticket: 0 }], [{ ticket: '' }], [{ ticket: [] }]])(
    'is not %j',
    (payload) => {
      expect(read(payload)?.isDraft).toBe(false);
    },
  );
});

describe('a body that is no conversation', () => {
  test.each([
    ['nothing', ''],
    ['text', 'Hello'],
    ['a form', 'customer%5Bemail%5D=a%40example.com'],
    ['JSON cut short', '{"customer":{"email":"a@example.com"'],
    ['JSON with something behind it', '{"ticket":false}{}'],
    ['a list', '[{"ticket":false}]'],
    ['a string', '"a@example.com"'],
    ['a number', '42'],
    ['null', 'null'],
    ['JSON behind a byte order mark', '\ufeff{"ticket":false}'],
  ])('is null when it is %s', (_, body) => {
    expect(readConversation(Buffer.from(body))).toBeNull();
  });

  test('is null when it is not UTF-8', () => {
    const latin1 = Buffer.from('{"customer":{"fname":"José","email":"a@example.com"}}', 'latin1');
    expect(readConversation(latin1)).toBeNull();
    const utf16 = Buffer.from('{"ticket":false}', 'utf16le');
    expect(readConversation(utf16)).toBeNull();
  });
});

test('goes by the last of two equal keys, as JSON.parse does', () => {
  const body = '{"customer":{"email":"x@example.com"},"customer":{"email":"a@example.com"}}';
  expect(readConversation(Buffer.from(body))?.emails).toEqual(['a@example.com']);
});

test('survives nesting as deep as a body may hold', () => {
  const depth = 30_000;
  const body = `{"ticket":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  expect(readConversation(Buffer.from(body))).toEqual({
    emails: [],
    isDraft: false,
    teamDomain: null,
    context: { app: 'legacy' },
  });
});
