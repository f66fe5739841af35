import { askedFor, askedForNumber, type State } from './gallery.ts';

const mostEmails = 10;

/**
 * The page asks for `{ state }`, one of the gallery, for `{ emails }`, anybody's, or for
 * `{ customerId }`, Help Scout's number of anybody; else undefined.
 */
export function readQuestion(
  asked: unknown,
  stateOf: (id: unknown) => State | undefined,
): State | undefined {
  if (typeof asked !== 'object' || asked === null) return undefined;
  if ('emails' in asked) {
    const { emails } = asked;
    const areTexts =
      Array.isArray(emails) &&
      emails.length <= mostEmails &&
      emails.every((email) => typeof email === 'string');
    return areTexts ? askedFor(emails) : undefined;
  }
  if ('customerId' in asked) {
    const { customerId } = asked;
    const isNumber = typeof customerId === 'string' && /^\d{1,18}$/.test(customerId);
    return isNumber ? askedForNumber(customerId) : undefined;
  }
  return 'state' in asked ? stateOf(asked.state) : undefined;
}
