import { expect, test } from 'vitest';
import { readConversation } from '../../src/helpscout/conversation.ts';
import { phpJson, requestBody } from '../../src/kit/request.ts';

test('writes to the byte what Help Scout writes', () => {
  // The keys, their order and the types of their values are those of a captured body.
  expect(requestBody(['fred@example.com', 'f/s@example.com'])).toBe(
    '{"ticket":{"id":"322585297","number":"42","subject":"A question"},"customer":{"id":"114322164","fname":"A","lname":"Customer","email":"fred@example.com","emails":["fred@example.com","f\\/s@example.com"]},"user":{"fname":"An","lname":"Agent","id":"134073","role":"user","convRedirect":0},"mailbox":{"id":"100016","email":"support@hr-product.example"}}',
  );
});

test('leaves out the address where there is none, as Help Scout does', () => {
  const { customer } = JSON.parse(requestBody([]));
  expect(customer).toEqual({ id: '114322164', fname: 'A', lname: 'Customer', emails: [] });
});

test('is understood at the other end', () => {
  const emails = ['josé@example.com', 'f/s@example.com', '😀@example.com'];
  expect(readConversation(Buffer.from(requestBody(emails)))).toMatchObject({
    emails,
    isDraft: false,
    teamDomain: 'hr-product.example',
  });
});

// python3 -c 'import json; print(json.dumps(VALUE, separators=(",", ":")).replace("/", r"\/"))'
// which writes these as PHP's json_encode does.
test.each([
  ['slashes', 'a/b//c', '"a\\/b\\/\\/c"'],
  ['accents', 'José', '"Jos\\u00e9"'],
  ['emoji', '😀', '"\\ud83d\\ude00"'],
  ['the first and the last beyond ASCII', '\u0080\uffff', '"\\u0080\\uffff"'],
  ['quotes and backslashes', '"\\', '"\\"\\\\"'],
  ['control characters', '\b\t\n\f\r\u0001\u001f', '"\\b\\t\\n\\f\\r\\u0001\\u001f"'],
  ['what is ASCII to its end', "<>&'~", '"<>&\'~"'],
  ['keys', { 'é/': [1, null, false] }, '{"\\u00e9\\/":[1,null,false]}'],
])('writes %s like PHP', (_, value, json) => {
  expect(phpJson(value)).toBe(json);
  expect(JSON.parse(phpJson(value))).toEqual(value);
});
