import { randomUUID } from 'node:crypto';
import { type FindAccounts, LookupError } from '../domain/account.ts';
import { type Log, stackFrames } from '../domain/log.ts';
import type { Endpoint, Observer, Outcome } from '../domain/observer.ts';
import { MailboxError } from '../helpscout/mailbox-api.ts';
import { limitConcurrency } from '../lookup/limit-concurrency.ts';
import { observeLookups } from '../lookup/observe-lookups.ts';
import { staleIfError } from '../lookup/stale-if-error.ts';
import type { Sidebar, ToSidebar } from '../sidebar/sidebar.ts';
import { asOf, sentence } from '../sidebar/sidebar.ts';
import type { RenderSidebar } from '../sidebar/views.ts';
import * as words from '../sidebar/words.ts';

/** What an agent is told, and what the log says of it. */
export type HandlerResult = {
  sidebar: Sidebar;
  entry: { outcome: Outcome; class?: string; accounts?: number };
};

export type Answers = {
  /** Addresses, or a customer's id → accounts → words. */
  sidebarFor: (
    asked: Parameters<FindAccounts>,
    teamDomain?: string | null,
  ) => Promise<HandlerResult>;
  /** What was said as html, whatever happens; and an entry in the log. */
  htmlOf: (
    say: () => HandlerResult | Promise<HandlerResult>,
    endpoint?: Endpoint,
  ) => Promise<string>;
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
  observer?: Observer | undefined;
};

/** What all doors do for an agent once they know who asks. */
export function createAnswers(surroundings: Surroundings): Answers {
  const { isOverloaded, toSidebar, render, now, log, observer } = surroundings;
  const findAccounts = observer
    ? observeLookups(surroundings.findAccounts, observer)
    : surroundings.findAccounts;
  const lookUp = staleIfError(limitConcurrency(findAccounts, isOverloaded), now);

  async function sidebarFor(
    asked: Parameters<FindAccounts>,
    teamDomain: string | null = null,
  ): Promise<HandlerResult> {
    const answer = await lookUp(...asked);
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
    say: () => HandlerResult | Promise<HandlerResult>,
    endpoint: Endpoint = 'legacy',
  ): Promise<string> {
    const started = performance.now();
    // Node keeps randomness for UUIDs in store; to fetch four bytes each time takes ten times as long.
    const ref = randomUUID().slice(0, 8);
    /** The log is silent about the endpoint that most come by. */
    const named = endpoint === 'legacy' ? {} : { endpoint };
    const ended = (outcome: Outcome): number => {
      const ms = performance.now() - started;
      observer?.onAnswered(endpoint, outcome, ms);
      return Math.round(ms * 10) / 10;
    };
    try {
      const { sidebar, entry } = await say();
      const html = render(sidebar);
      log.info({ event: 'answered', ...named, ...entry, ref, ms: ended(entry.outcome) });
      return html;
    } catch (error) {
      const ms = ended(outcomeOf(error));
      log.error({ event: 'failed', ...named, ...whatFailed(error), ref, ms });
      return htmlOfSentence(userMessage(error)(ref));
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

/** A body that was signed, but is not the JSON of a conversation. Its text goes nowhere. */
export class UnreadableBody extends Error {
  override name = 'bad_body';
}

function outcomeOf(error: unknown): Outcome {
  if (error instanceof LookupError) return error.reason;
  if (error instanceof MailboxError) return 'mailbox';
  return error instanceof UnreadableBody ? 'unreadable' : 'broken';
}

function userMessage(error: unknown): (ref: string) => string {
  if (error instanceof MailboxError) return words.mailboxErrorMessages[error.reason];
  return words.errorMessages[error instanceof LookupError ? error.reason : 'misconfigured'];
}

/** For the operator. A message is kept only where it cannot quote what a customer wrote. */
function whatFailed(error: unknown): { class: string; message?: string; stack?: string[] } {
  if (!(error instanceof Error)) return { class: 'unknown' };
  if (error instanceof MailboxError) return { class: error.class };
  if (error instanceof UnreadableBody) return { class: error.name };
  if (!(error instanceof LookupError)) return { class: error.name, stack: stackFrames(error) };
  const { cause } = error;
  const isAboutTheQuery = error.class === 'contract' || error.class.startsWith('42');
  return {
    class: error.class,
    ...(isAboutTheQuery && cause instanceof Error && { message: cause.message }),
  };
}
