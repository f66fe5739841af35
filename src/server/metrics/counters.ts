import { failureOf, failures as lookupFailures } from '../../domain/failures.ts';
import type { Log } from '../../domain/log.ts';
import {
  type Endpoint,
  endpoints,
  type Observer,
  outcomes,
  refusals,
} from '../../domain/observer.ts';
import { type MailboxCall, mailboxCalls } from '../../helpscout/mailbox-api.ts';
import { databaseEvents, rejections } from './classes.ts';
import { createHistogram, type Histogram } from './histogram.ts';

export type Counts = Record<string, number>;

/** All that is counted, in plain numbers: what counts a request must cost it nothing. */
export type Counters = {
  observer: Observer;
  onMailboxCall: (ended: MailboxCall) => void;
  onLineDropped: () => void;
  /** The same log, with the events of the database counted on their way to it. */
  countEvents: (log: Log) => Log;

  answers: Record<Endpoint, Counts>;
  answerTimes: Record<Endpoint, Histogram>;
  keys: Counts;
  refusals: Counts;
  rejections: Counts;
  lookupTimes: Histogram;
  lookupFailures: Counts;
  mailboxCalls: Counts;
  databaseEvents: Counts;
  numbers: {
    lookupsInFlight: number;
    lookupsSucceeded: number;
    repeatedSignatures: number;
    linesDropped: number;
  };
  /** A lookup of nobody failed, by which somebody wanted to know whether the database answers. */
  onCheckFailed: (failure: string) => void;
};

export function createCounters(): Counters {
  const answers = byEndpoint(() => zeros(outcomes));
  const answerTimes = byEndpoint(createHistogram);
  const keys = zeros(['current', 'previous']);
  const refused = zeros(refusals);
  const rejected = zeros(rejections);
  const lookupTimes = createHistogram();
  const failures = zeros(lookupFailures.map(({ code }) => code));
  const calls = zeros(mailboxCalls);
  const events = zeros(databaseEvents);
  const numbers = {
    lookupsInFlight: 0,
    lookupsSucceeded: 0,
    repeatedSignatures: 0,
    linesDropped: 0,
  };

  const observer: Observer = {
    onAnswered(endpoint, outcome, ms) {
      count(answers[endpoint], outcome);
      answerTimes[endpoint].add(ms);
    },
    onProven(key) {
      count(keys, key);
    },
    onWarning(warning) {
      if (warning.event === 'refused') count(refused, warning.class);
      else if (warning.event === 'rejected') count(rejected, warning.class);
      else if (warning.event === 'aborted') count(rejected, 'aborted');
      else if (warning.class === 'same_signature') numbers.repeatedSignatures++;
    },
    onLookupStarted() {
      numbers.lookupsInFlight++;
    },
    onLookupEnded(ms, failure) {
      numbers.lookupsInFlight--;
      lookupTimes.add(ms);
      if (failure === null) numbers.lookupsSucceeded++;
      else count(failures, failureOf(failure).code);
    },
  };

  return {
    observer,
    onMailboxCall: (ended) => count(calls, ended),
    onCheckFailed: (failure) => count(failures, failureOf(failure).code),
    onLineDropped: () => void numbers.linesDropped++,
    countEvents: (log) => ({
      info: (entry) => log.info(entry),
      error: (entry) => log.error(entry),
      warn(entry) {
        if ('event' in entry && Object.hasOwn(events, String(entry.event)))
          count(events, String(entry.event));
        log.warn(entry);
      },
    }),
    answers,
    answerTimes,
    keys,
    refusals: refused,
    rejections: rejected,
    lookupTimes,
    lookupFailures: failures,
    mailboxCalls: calls,
    databaseEvents: events,
    numbers,
  };
}

const zeros = (classes: readonly string[]): Counts =>
  Object.fromEntries(classes.map((one) => [one, 0]));

function byEndpoint<T>(make: () => T): Record<Endpoint, T> {
  return Object.fromEntries(endpoints.map((endpoint) => [endpoint, make()])) as Record<Endpoint, T>;
}

/** A class that is none of ours may say anything, so it is not kept. */
function count(counts: Counts, one: string): void {
  const known = Object.hasOwn(counts, one) ? one : 'other';
  counts[known] = (counts[known] ?? 0) + 1;
}
