import { requestBody } from '../tools/request.ts';
import type { State } from './gallery.ts';

const mostEmails = 10;

/** What to send, and to which door: "" is Help Scout's, others stand below /preview. */
export type Question = { door: string; body: string };

/** The page asks for `{ state }`, one of the gallery, or for `{ emails }`, anybody's; else null. */
export function readQuestion(
  asked: unknown,
  stateOf: (id: unknown) => State | undefined,
): Question | null {
  if (typeof asked !== 'object' || asked === null) return null;
  if ('emails' in asked) {
    const { emails } = asked;
    const areTexts =
      Array.isArray(emails) &&
      emails.length <= mostEmails &&
      emails.every((email) => typeof email === 'string');
    return areTexts ? { door: '', body: requestBody(emails) } : null;
  }
  const state = 'state' in asked ? stateOf(asked.state) : undefined;
  if (state === undefined) return null;
  const door = state.findAccounts ? `/preview/invented/${state.id}` : '';
  return { door, body: state.body };
}
