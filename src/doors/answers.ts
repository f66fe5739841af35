import { randomUUID } from 'node:crypto';
import type { Response } from 'express';
import { type FindAccounts, LookupError } from '../account.ts';
import { rememberAnswers } from '../accounts/last-answers.ts';
import { limitLookups } from '../accounts/limit-lookups.ts';
import { MailboxError } from '../helpscout/mailbox-api.ts';
import type { Log } from '../log.ts';
import type { Sidebar, ToSidebar } from '../sidebar/sidebar.ts';
import { asOf, sentence } from '../sidebar/sidebar.ts';
import type { RenderSidebar } from '../sidebar/views.ts';
import * as words from '../sidebar/words.ts';
import type { Lap } from './lap.ts';

/** What an agent is told, and what the log says of it. */
export type Said = { sidebar: Sidebar; entry: object };

export type Answers = {
  /** Addresses, or a customer's id → accounts → words. */
  sidebarFor: (
    res: Response,
    asked: Parameters<FindAccounts>,
    teamDomain?: string | null,
  ) => Promise<Said>;
  /** What was said as html, whatever happens; and an entry in the log, with those of the door. */
  htmlOf: (res: Response, say: () => Promise<Said>, door?: object) => Promise<string>;
  /** A sentence alone, and nothing in the log. */
  htmlOfSentence: (text: string) => string;
};

type Surroundings = {
  findAccounts: FindAccounts;
  toSidebar: ToSidebar;
  render: RenderSidebar;
  now: () => Date;
  log: Log;
  isOverloaded: () => boolean;
  lap: Lap;
};

/** What all doors do for an agent once they know who asks. */
export function createAnswers(surroundings: Surroundings): Answers {
  const { findAccounts, isOverloaded, toSidebar, render, now, log, lap } = surroundings;
  const lookUp = rememberAnswers(limitLookups(findAccounts, isOverloaded), now);

  async function sidebarFor(
    res: Response,
    asked: Parameters<FindAccounts>,
    teamDomain: string | null = null,
  ): Promise<Said> {
    lap(res);
    const answer = await lookUp(...asked).finally(() => lap(res, 'database'));
    const sidebar = toSidebar(asked[0], answer.accounts, now(), teamDomain);
    if (answer.failure !== null)
      return {
        sidebar: asOf(sidebar, answer.asOf, now()),
        entry: { outcome: 'stale', class: answer.failure.class },
      };
    const { length } = answer.accounts;
    return { sidebar, entry: { outcome: length > 0 ? 'found' : 'nobody', accounts: length } };
  }

  async function htmlOf(
    res: Response,
    say: () => Promise<Said>,
    door: object = {},
  ): Promise<string> {
    const started = performance.now();
    // Node keeps randomness for UUIDs in store; to fetch four bytes each time takes ten times as long.
    const ref = randomUUID().slice(0, 8);
    const ms = () => Math.round((performance.now() - started) * 10) / 10;
    try {
      const { sidebar, entry } = await say();
      const html = render(sidebar);
      lap(res, 'rendering');
      log.info({ event: 'answered', ...door, ...entry, ref, ms: ms() });
      return html;
    } catch (error) {
      log.error({ event: 'failed', ...door, ...whatFailed(error), ref, ms: ms() });
      return htmlOfSentence(apologyFor(error)(ref));
    }
  }

  /** In the usual layout, or without any when it is the layout that failed. */
  function htmlOfSentence(text: string): string {
    try {
      return render(sentence(text));
    } catch {
      return `<p>${text}</p>`;
    }
  }

  return { sidebarFor, htmlOf, htmlOfSentence };
}

function apologyFor(error: unknown): (ref: string) => string {
  if (error instanceof MailboxError) return words.mailboxApologies[error.reason];
  return words.apologies[error instanceof LookupError ? error.reason : 'misconfigured'];
}

/** For the operator. A message is kept only where it cannot quote what a customer wrote. */
function whatFailed(error: unknown): { class: string; message?: string } {
  if (!(error instanceof Error)) return { class: 'unknown' };
  if (error instanceof MailboxError) return { class: error.class };
  if (!(error instanceof LookupError)) return { class: error.name, message: error.message };
  const { cause } = error;
  const isAboutTheQuery = error.class === 'contract' || error.class.startsWith('42');
  return {
    class: error.class,
    ...(isAboutTheQuery && cause instanceof Error && { message: cause.message }),
  };
}
