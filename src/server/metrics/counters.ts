import { failureOf, failures as lookupFailures } from '../../domain/failures.ts';
import type { Log } from '../../domain/log.ts';
import { type Endpoint, type Observer, outcomes, refusals } from '../../domain/observer.ts';
import { type MailboxCall, mailboxCalls } from '../../helpscout/mailbox-api.ts';
import { databaseEvents, rejections } from './classes.ts';
import { createHistogram, type Histogram, observe } from './histogram.ts';

export type Counts = Record<string, number>;

/** Since the start of the process. */
export type Totals = {
  answers: Record<Endpoint, Counts>;
  answerTimes: Record<Endpoint, Histogram>;
  keys: Counts;
  refusals: Counts;
  rejections: Counts;
  repeatedSignatures: number;
  lookupTimes: Histogram;
  lookupFailures: Counts;
  mailboxCalls: Counts;
  databaseEvents: Counts;
  linesDropped: number;
};

/** Counts in plain numbers, since this runs on every request. */
export type Counters = {
  totals: Totals;
  lookupsInFlight: () => number;
  /** When an agent's latest lookup ended, in ms; -Infinity if it failed or there was none. */
  lookupSucceededAt: () => number;

  observer: Observer;
  onMailboxCall: (ended: MailboxCall) => void;
  onLineDropped: () => void;
  /** A check of the database failed. */
  onCheckFailed: (failure: string) => void;
  /** The same log, with the events of the database counted on their way to it. */
  countEvents: (log: Log) => Log;
};

export function createCounters(now: () => Date = () => new Date()): Counters {
  const totals: Totals = {
    answers: byEndpoint(() => zeros(outcomes)),
    answerTimes: byEndpoint(createHistogram),
    keys: zeros(['current', 'previous']),
    refusals: zeros(refusals),
    rejections: zeros(rejections),
    repeatedSignatures: 0,
    lookupTimes: createHistogram(),
    lookupFailures: zeros(lookupFailures.map(({ code }) => code)),
    mailboxCalls: zeros(mailboxCalls),
    databaseEvents: zeros(databaseEvents),
    linesDropped: 0,
  };
  let lookupsInFlight = 0;
  let lookupSucceededAt = Number.NEGATIVE_INFINITY;

  const observer: Observer = {
    onAnswered(endpoint, outcome, ms) {
      count(totals.answers[endpoint], outcome);
      observe(totals.answerTimes[endpoint], ms);
    },
    onProven(key) {
      count(totals.keys, key);
    },
    onWarning(warning) {
      if (warning.event === 'refused') count(totals.refusals, warning.class);
      else if (warning.event === 'rejected') count(totals.rejections, warning.class);
      else if (warning.event === 'aborted') count(totals.rejections, 'aborted');
      else if (warning.class === 'same_signature') totals.repeatedSignatures++;
    },
    onLookupStarted() {
      lookupsInFlight++;
    },
    onLookupEnded(ms, failure) {
      lookupsInFlight--;
      observe(totals.lookupTimes, ms);
      lookupSucceededAt = failure === null ? now().getTime() : Number.NEGATIVE_INFINITY;
      if (failure !== null) count(totals.lookupFailures, failureOf(failure).code);
    },
  };

  return {
    totals,
    lookupsInFlight: () => lookupsInFlight,
    lookupSucceededAt: () => lookupSucceededAt,
    observer,
    onMailboxCall: (ended) => count(totals.mailboxCalls, ended),
    onLineDropped: () => void totals.linesDropped++,
    onCheckFailed: (failure) => count(totals.lookupFailures, failureOf(failure).code),
    countEvents: (log) => ({
      info: (entry) => log.info(entry),
      error: (entry) => log.error(entry),
      warn(entry) {
        if ('event' in entry && Object.hasOwn(totals.databaseEvents, String(entry.event)))
          count(totals.databaseEvents, String(entry.event));
        log.warn(entry);
      },
    }),
  };
}

const zeros = (classes: readonly string[]): Counts =>
  Object.fromEntries(classes.map((one) => [one, 0]));

const byEndpoint = <T>(make: () => T): Record<Endpoint, T> => ({
  legacy: make(),
  platform: make(),
  search: make(),
});

/** An unknown class may contain anything, so it is counted as "other". */
function count(counts: Counts, one: string): void {
  const known = Object.hasOwn(counts, one) ? one : 'other';
  counts[known] = (counts[known] ?? 0) + 1;
}
