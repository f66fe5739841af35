import { toPhpJson } from '../helpscout/platform-signature.ts';
import { sign } from '../helpscout/signature.ts';

/**
 * The body that Help Scout would send for a customer with these addresses, to the byte: it writes
 * like PHP's `json_encode`, without white space, with `\/` for "/" and `\uXXXX` beyond ASCII.
 */
export function requestBody(emails: readonly string[]): string {
  const [email] = emails;
  return phpJson({
    ticket: { id: '322585297', number: '42', subject: 'A question' },
    customer: {
      id: '114322164',
      fname: 'A',
      lname: 'Customer',
      ...(email !== undefined && { email }),
      emails,
    },
    user: { fname: 'An', lname: 'Agent', id: '134073', role: 'user', convRedirect: 0 },
    mailbox: { id: '100016', email: 'support@hr-product.example' },
  });
}

/**
 * The same from FreeScout, whose ids are numbers, and which names no agent. What its channel holds is
 * not documented.
 */
export function freeScoutBody(emails: readonly string[]): string {
  const [email] = emails;
  return phpJson({
    ticket: { id: 322585297, number: 42, subject: 'A question' },
    customer: {
      id: 114322164,
      fname: 'A',
      lname: 'Customer',
      ...(email !== undefined && { email }),
      emails,
      channel: null,
    },
    mailbox: { id: 100016, email: 'support@hr-product.example' },
  });
}

export function phpJson(value: unknown): string {
  return toPhpJson(JSON.stringify(value));
}

/**
 * The largest number that any column for it takes, and far above those that Help Scout gives to
 * customers.
 */
export const nobodysNumber = '2147483647';

/**
 * The query string with which a browser would load a platform app for this customer, signed,
 * or without a signature; with all that Help Scout documents, in its order.
 */
export function platformQuery(customerId: string, secretKey: string | null): string {
  const parameters = {
    'conversation-id': '3382942562',
    'conversation-number': '6002',
    'customer-id': customerId,
    'mailbox-id': '364558',
    'user-id': '772569',
    'installation-ids': 'XGao7GBKoDV5',
    'application-id': '5Ma3boWZmlnA',
    'application-slug': 'customer-account',
  };
  if (secretKey === null) return `${new URLSearchParams(parameters)}`;
  const signature = sign(secretKey, phpJson(parameters));
  return `${new URLSearchParams({ ...parameters, 'X-HelpScout-Signature': signature })}`;
}
