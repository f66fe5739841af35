import { toPhpJson } from '../helpscout/platform-signature.ts';
import { sign } from '../helpscout/signature.ts';
import { helpScoutHeader } from './http-client.ts';

/** The agent's role, and the address of the inbox. */
export type Reader = { role?: string | undefined; inbox?: string | undefined };

const defaultInbox = 'support@hr-product.example';

/** The body that Help Scout sends a legacy app for a customer with these addresses, to the byte. */
export function requestBody(
  emails: readonly string[],
  { role = 'user', inbox = defaultInbox }: Reader = {},
): string {
  return phpJson({
    ticket: { id: '322585297', number: '42', subject: 'A question' },
    customer: customer('114322164', emails),
    user: { fname: 'An', lname: 'Agent', id: '134073', role, convRedirect: 0 },
    mailbox: { id: '100016', email: inbox },
  });
}

/** The same from FreeScout: its ids are numbers, and it names no agent. */
export function freeScoutBody(emails: readonly string[]): string {
  return phpJson({
    ticket: { id: 322585297, number: 42, subject: 'A question' },
    // Both are set for a customer of a chat or a phone.
    customer: { ...customer(114322164, emails), channel: null, channel_id: null },
    mailbox: { id: 100016, email: defaultInbox },
  });
}

/** JSON leaves out an `email` that is undefined. */
const customer = (id: string | number, emails: readonly string[]) => ({
  id,
  fname: 'A',
  lname: 'Customer',
  email: emails[0],
  emails,
});

export const phpJson = (value: unknown): string => toPhpJson(JSON.stringify(value));

/** A customer ID that does not exist: the largest int, far above those that Help Scout assigns. */
export const nobodysNumber = '2147483647';

/** The documented query of a platform app's URL, in Help Scout's order; unsigned without a key. */
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
  const signature = secretKey !== null && {
    [helpScoutHeader]: sign(secretKey, phpJson(parameters)),
  };
  return new URLSearchParams({ ...parameters, ...signature }).toString();
}
