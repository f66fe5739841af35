import { randomUUID } from 'node:crypto';
import { type Account, type FindAccounts, LookupError } from '../domain/account.ts';
import { type ContextKey, pickContext } from '../domain/context.ts';
import { Deadline } from '../domain/deadline.ts';
import { failureOf, whyUnreachable } from '../domain/failures.ts';
import { type Log, type LogEntry, stackFrames, type Warn } from '../domain/log.ts';
import type { Endpoint, Observer, Outcome } from '../domain/observer.ts';
import { MailboxError } from '../helpscout/mailbox-api.ts';
import {
  inBatches,
  limitConcurrency,
  observeLookups,
  onlyRequested,
  staleIfError,
} from '../lookup/decorators.ts';
import { asOf, type Sidebar, sentence, type ToSidebar, withOmitted } from '../sidebar/sidebar.ts';
import type { HelpDesk, RenderSidebar } from '../sidebar/views.ts';
import * as words from '../sidebar/words.ts';
import { isUnknownZone } from '../sidebar/zones.ts';

/** What an agent sees, and what the log says of it. */
export type HandlerResult = {
  sidebar: Sidebar;
  entry: { outcome: Outcome; class?: string; accounts?: number };
};

/** A message in place of accounts. */
export const messageResult = (outcome: Outcome, text: string): HandlerResult => ({
  sidebar: sentence(text),
  entry: { outcome },
});

/** Finds out what to show before the deadline. */
export type ResolveSidebar = (deadline: Deadline) => HandlerResult | Promise<HandlerResult>;

export type Responder = {
  /** Looks accounts up and describes them. */
  lookUp: (args: Parameters<FindAccounts>, teamDomain?: string | null) => Promise<HandlerResult>;
  /** The html for a proven request, also when it fails; writes an entry to the log. */
  respond: (endpoint: Endpoint, resolveSidebar: ResolveSidebar) => Promise<string>;
  /** A message alone, and nothing in the log. */
  renderMessage: (text: string) => string;
};

type Options = {
  findAccounts: FindAccounts;
  contextKeys: readonly ContextKey[];
  toSidebar: ToSidebar;
  render: RenderSidebar;
  now: () => Date;
  log: Log;
  warn: Warn;
  isOverloaded: () => boolean;
  observer?: Observer | undefined;
};

/** Merged customers have thirty. */
const maxEmails = 50;

/** What all endpoints do once a request is proven. */
export function createResponder(options: Options): Responder {
  const { contextKeys, isOverloaded, toSidebar, render, now, log, warn, observer } = options;
  const requested = onlyRequested(options.findAccounts, log);
  const findAccounts = observer ? observeLookups(requested, observer) : requested;
  const findOrStale = staleIfError(inBatches(limitConcurrency(findAccounts, isOverloaded)), now);

  async function lookUp(
    [emails, customerId, deadline, context = {}]: Parameters<FindAccounts>,
    teamDomain: string | null = null,
  ): Promise<HandlerResult> {
    const asked = emails.slice(0, maxEmails);
    const used = pickContext(context, contextKeys);
    const result = await findOrStale(asked, customerId, deadline, used);
    const shown = toSidebar(asked, result.accounts, now(), teamDomain);
    const sidebar = withOmitted(shown, emails.length - asked.length);
    result.accounts.forEach(countUnknownZones);
    if (result.failure !== null)
      return {
        sidebar: asOf(sidebar, result.asOf, now(), result.failure.reason),
        entry: { outcome: 'stale', class: result.failure.class },
      };
    const { length } = result.accounts;
    return { sidebar, entry: { outcome: length > 0 ? 'found' : 'nobody', accounts: length } };
  }

  function countUnknownZones({ personTimezone, companyTimezone }: Account): void {
    if (isUnknownZone(personTimezone))
      warn({ event: 'unknown_time_zone', class: 'person_timezone' });
    if (isUnknownZone(companyTimezone))
      warn({ event: 'unknown_time_zone', class: 'company_timezone' });
  }

  async function respond(endpoint: Endpoint, resolveSidebar: ResolveSidebar): Promise<string> {
    const started = performance.now();
    // Node buffers randomness for UUIDs; fetching four bytes each time takes ten times as long.
    const ref = randomUUID().slice(0, 8);
    /** The log names only the rarer endpoints. */
    const named = endpoint === 'legacy' ? {} : { endpoint };
    const observe = (outcome: Outcome): number => {
      const ms = performance.now() - started;
      observer?.onAnswered(endpoint, outcome, ms);
      return Math.round(ms * 10) / 10;
    };
    try {
      const { sidebar, entry } = await resolveSidebar(new Deadline());
      const html = render(sidebar, helpDeskOf(endpoint));
      log.info({ event: 'answered', ...named, ...entry, ref, ms: observe(entry.outcome) });
      return html;
    } catch (error) {
      const ms = observe(outcomeOf(error));
      log.error({ event: 'failed', ...named, ...loggableFailure(error), ref, ms });
      return renderMessage(userMessage(error)(ref), helpDeskOf(endpoint));
    }
  }

  /** In the layout of the views, or without any when that is what failed. */
  function renderMessage(text: string, helpDesk?: HelpDesk): string {
    try {
      return render(sentence(text), helpDesk);
    } catch {
      return `<p>${text}</p>`;
    }
  }

  return { lookUp, respond, renderMessage };
}

const helpDeskOf = (endpoint: Endpoint): HelpDesk =>
  endpoint === 'freescout' ? 'freescout' : 'helpscout';

/** A signed body that is not the JSON of a conversation. Its text is never logged. */
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
  if (!(error instanceof LookupError)) return words.errorMessages.misconfigured;
  return words.errorMessages[error.class === 'connecting' ? 'connecting' : error.reason];
}

/** A message is logged only where it cannot quote what a customer wrote. */
function loggableFailure(error: unknown): Omit<LogEntry, 'event'> {
  if (!(error instanceof Error)) return { class: 'unknown' };
  if (error instanceof MailboxError) return { class: error.class };
  if (error instanceof UnreadableBody) return { class: error.name };
  if (!(error instanceof LookupError)) return { class: error.name, stack: stackFrames(error) };
  const { cause } = error;
  const isAboutTheQuery = error.class === 'contract' || error.class.startsWith('42');
  return {
    class: error.class,
    ...(isAboutTheQuery && cause instanceof Error && { message: cause.message }),
    ...(failureOf(error.class).isAboutData && whyUnreachable(error.class)),
  };
}
