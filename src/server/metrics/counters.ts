import { failureOf, failures } from '../../domain/failures.ts';
import type { Log } from '../../domain/log.ts';
import {
  type Endpoint,
  endpoints,
  type Observer,
  outcomes,
  refusals,
  zoneColumns,
} from '../../domain/observer.ts';
import { type MailboxCall, mailboxCalls } from '../../helpscout/mailbox-api.ts';
import { createHistogram, observe } from './histogram.ts';

export type Counts = Record<string, number>;
export type Counters = ReturnType<typeof createCounters>;
export type Totals = Counters['totals'];

/** What was rejected before there was anything to verify: a status, Node's code, or a limit. */
const rejections = [
  ...['400', '404', '413', '415', 'aborted', 'search_limit', 'ECONNRESET'],
  ...['connections', 'pipelined', 'too_many_headers', 'unread'],
  ...['ERR_HTTP_REQUEST_TIMEOUT', 'HPE_HEADER_OVERFLOW', 'HPE_INVALID_METHOD', 'other'],
];

const databaseEvents = ['pool_error', 'pool_replaced', 'statement_renamed', 'unasked_rows'];

/** Counts in plain numbers, since this runs on every request. */
export function createCounters() {
  /** Since the start of the process. */
  const totals = {
    answers: byEndpoint(() => zeros(outcomes)),
    answerTimes: byEndpoint(createHistogram),
    keys: zeros(['current', 'previous']),
    refusals: zeros(refusals),
    rejections: zeros(rejections),
    repeatedSignatures: 0,
    unknownZones: zeros(zoneColumns),
    lookupTimes: createHistogram(),
    lookupFailures: zeros(failures.map(({ code }) => code)),
    mailboxCalls: zeros(mailboxCalls),
    databaseEvents: zeros(databaseEvents),
    /** By column of the account query. */
    unreadableValues: {} as Counts,
    linesDropped: 0,
  };
  let lookupsInFlight = 0;
  const countFailure = (failure: string) => count(totals.lookupFailures, failureOf(failure).code);

  const observer: Observer = {
    onAnswered(endpoint, outcome, ms) {
      count(totals.answers[endpoint], outcome);
      observe(totals.answerTimes[endpoint], ms);
    },
    onProven: (key) => count(totals.keys, key),
    onWarning(warning) {
      if (warning.event === 'refused') count(totals.refusals, warning.class);
      else if (warning.event === 'rejected') count(totals.rejections, warning.class);
      else if (warning.event === 'aborted') count(totals.rejections, 'aborted');
      else if (warning.event === 'unknown_time_zone') count(totals.unknownZones, warning.class);
      else if (warning.class === 'same_signature') totals.repeatedSignatures++;
    },
    onLookupStarted: () => void lookupsInFlight++,
    onLookupEnded(ms, failure) {
      lookupsInFlight--;
      observe(totals.lookupTimes, ms);
      if (failure !== null) countFailure(failure);
    },
  };

  return {
    totals,
    lookupsInFlight: () => lookupsInFlight,
    observer,
    onMailboxCall: (ended: MailboxCall) => count(totals.mailboxCalls, ended),
    countFailure,
    onLineDropped: () => void totals.linesDropped++,
    /** The same log, with the events of the database counted on their way to it. */
    countEvents: (log: Log): Log => ({
      ...log,
      warn(entry) {
        if (databaseEvents.includes(entry.event)) count(totals.databaseEvents, entry.event);
        const { event, column, count: values = 1 } = entry;
        if (event === 'value_unreadable' || event === 'value_too_large')
          add(totals.unreadableValues, String(column), Number(values));
        log.warn(entry);
      },
    }),
  };
}

const zeros = (classes: readonly string[]): Counts =>
  Object.fromEntries(classes.map((one) => [one, 0]));

const byEndpoint = <T>(make: () => T) =>
  Object.fromEntries(endpoints.map((one) => [one, make()])) as Record<Endpoint, T>;

/** An unknown class may contain anything, so it is counted as "other". */
function count(counts: Counts, one: string): void {
  add(counts, Object.hasOwn(counts, one) ? one : 'other', 1);
}

function add(counts: Counts, one: string, number: number): void {
  counts[one] = (counts[one] ?? 0) + number;
}
