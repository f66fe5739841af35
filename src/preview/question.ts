import { requestBody } from '../tools/request.ts';
import type { State } from './gallery.ts';

const mostEmails = 10;

export type Question = {
  /** Where to send it: "" is Help Scout's door, others stand below /preview. */
  door: string;
  body: string;
  /** Whether it must be asked before, too. */
  wasAsked: boolean;
};

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
    return areTexts ? { door: '', body: requestBody(emails), wasAsked: false } : null;
  }
  const state = 'state' in asked ? stateOf(asked.state) : undefined;
  if (state === undefined) return null;
  const door = state.findAccounts ? `/preview/invented/${state.id}` : '';
  return { door, body: state.body, wasAsked: state.wasAsked };
}
