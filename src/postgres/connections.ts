import type pg from 'pg';
import { LookupError } from '../domain/account.ts';
import { Deadline } from '../domain/deadline.ts';
import { failureOf } from '../domain/failures.ts';
import type { Log } from '../domain/log.ts';
import { failureClass, toLookupError } from './failure-code.ts';
import { createSessionOpener, limits, type Session } from './session.ts';

/** A parameter or a value as Postgres reads and writes it. */
export type Text = string | null;

/** Without a name, it is parsed each time. */
export type Statement = { name: string | undefined; text: string };

export type Result = { fields: readonly { name: string; dataTypeID: number }[]; rows: Text[][] };

export type Connections = {
  /** Runs a lookup's statement. Throws `LookupError`. */
  run: (statement: Statement, values: readonly Text[], deadline?: Deadline) => Promise<Result>;
  /** Runs checks on a connection of their own. Throws `LookupError` where there is none. */
  check: <T>(run: (client: pg.Client) => Promise<T>) => Promise<T>;
  /** "waiting" are lookups without a connection yet. */
  counts: () => { open: number; idle: number; waiting: number };
  /** Null where it is not known: before the first attempt, and after an unused connection was closed. */
  isConnected: () => boolean | null;
  end: () => Promise<void>;
};

/** These two are opened at the start and kept; more only where these are blocked by slow lookups. */
const keptConnections = 2;

const defaultMaxConnections = 4;

/** After a lost connection a lookup is retried, but not for ever: it may be the cause. */
const maxRetries = 2;

const checkIntervalMs = 25;

/** Beyond the round trip, a lookup that takes longer is slow, and those behind it go elsewhere. */
const slowMs = 40;

/** An attempt that is older may have lost its packets; the next lookup begins another. */
const attemptTimeoutMs = 2_000;

/** Backoff after a refused connection, as at a connection limit, while another one works. */
const connectBackoffMs = 5_000;

/** How long a connection beyond the kept ones may be idle. */
const maxIdleMs = 5_000;

/** A connection that is lost later than this after a lookup is opened by the next one. */
const recentMs = 60_000;

type Lookup = {
  statement: Statement;
  values: readonly Text[];
  deadline: Deadline;
  resolve: (result: Result) => void;
  reject: (error: LookupError) => void;
  retries: number;
  /** When it last lost its connection: others that answered nothing since may be lost as well. */
  lostAt: number;
  /** Whether it was sent on another connection as well, since the first is blocked. */
  isHedged: boolean;
  isDone: boolean;
};

type Link = {
  session: Session;
  /** The oldest first: answers come in this order. */
  inFlight: { lookup: Lookup; sentAt: number }[];
  lastAnswerAt: number;
  isReplaced: boolean;
};

/**
 * A few connections to a database that may be far, asleep, behind a pooler, slow for one customer, or
 * lost. Lookups are pipelined: each is sent at once, behind those that are in flight.
 */
export function createConnections(
  databaseUrl: string,
  log: Log,
  maxConnections = defaultMaxConnections,
): Connections {
  const open = createSessionOpener(databaseUrl);
  const links: Link[] = [];
  let waiting: Lookup[] = [];
  /** When each attempt to connect began. */
  const attempts = new Set<{ at: number }>();
  let refusedAt = Number.NEGATIVE_INFINITY;
  let checkedAt = performance.now();
  let hasEnded = false;
  let lastUsedAt = performance.now();
  let isUp: boolean | null = null;
  /** The fastest recent answer: the time on the road. */
  let roundTripMs = Number.POSITIVE_INFINITY;
  const timer = setInterval(check, checkIntervalMs);
  timer.unref();

  function connect(): void {
    const now = performance.now();
    const young = [...attempts].filter(({ at }) => now - at < attemptTimeoutMs).length;
    if (hasEnded || links.length + young >= maxConnections) return;
    const attempt = { at: now };
    attempts.add(attempt);
    open(true)
      .finally(() => attempts.delete(attempt))
      .then(onConnected, onConnectFailed);
  }

  function onConnected(session: Session): void {
    isUp = true;
    if (hasEnded || links.length >= maxConnections) {
      session.destroy();
      return;
    }
    const link: Link = {
      session,
      inFlight: [],
      lastAnswerAt: performance.now(),
      isReplaced: false,
    };
    links.push(link);
    for (const event of ['error', 'end'] as const)
      session.client.once(event, (error?: Error) =>
        onLost(link, error === undefined ? 'connection_terminated' : failureClass(error)),
      );
    for (const lookup of waiting.splice(0)) send(lookup);
  }

  function onConnectFailed(error: unknown): void {
    isUp = links.length > 0;
    refusedAt = performance.now();
    if (attempts.size > 0) return;
    for (const lookup of waiting.splice(0)) {
      lookup.lostAt = 0;
      if (isUp) send(lookup);
      else lookup.reject(toLookupError(error));
    }
  }

  function onLost(link: Link, failure: string): void {
    const index = links.indexOf(link);
    if (index === -1) return;
    links.splice(index, 1);
    if (hasEnded) return;
    if (!link.isReplaced) log.warn({ event: 'pool_error', class: failure });
    const isInUse = performance.now() - lastUsedAt < recentMs;
    if (links.length === 0) isUp = isInUse ? false : null;
    if (isInUse && links.length + attempts.size < keptConnections) connect();
  }

  /** For how long the oldest lookup has been the next to be answered. */
  const age = ({ inFlight: [first], lastAnswerAt }: Link, now: number) =>
    first === undefined ? 0 : now - Math.max(first.sentAt, lastAnswerAt);
  const isBlocked = (link: Link, now: number) => age(link, now) > 1.5 * roundTripMs + slowMs;

  /** The connection with the fewest lookups in flight, of those that answer. */
  function pick(now: number, lostAt = 0): Link | undefined {
    let best: Link | undefined;
    for (const link of links) {
      if (isBlocked(link, now) || link.lastAnswerAt < lostAt) continue;
      if (best === undefined || link.inFlight.length < best.inFlight.length) best = link;
    }
    return best;
  }

  function send(lookup: Lookup): void {
    if (lookup.isDone) return;
    if (hasEnded) {
      giveUp(lookup, 'connection_terminated');
      return;
    }
    const now = performance.now();
    const free = pick(now, lookup.lostAt);
    const isShort = links.length + attempts.size < keptConnections;
    if (free === undefined || (isShort && now - refusedAt > connectBackoffMs)) connect();
    // Where all are blocked, the one that is blocked for the shortest time answers first.
    const others = lookup.lostAt > 0 ? [] : links.toSorted((a, b) => age(a, now) - age(b, now));
    const link = free ?? others[0];
    if (link === undefined) waiting.push(lookup);
    else dispatch(link, lookup);
  }

  function dispatch(link: Link, lookup: Lookup): void {
    const { client, around } = link.session;
    const flight = { lookup, sentAt: performance.now() };
    link.inFlight.push(flight);
    // After a setting that fails, Postgres says of the lookup only that its transaction is aborted.
    let cause: unknown;
    const keepCause = (error: unknown) => {
      cause ??= error;
    };
    for (const before of around.before) client.query(before).catch(keepCause);
    const { name, text } = lookup.statement;
    const query = { text, values: lookup.values, rowMode: 'array', types: asText };
    const sent = client.query<Text[]>({ ...query, ...(name !== undefined && { name }) } as never);
    for (const after of around.after) client.query(after).catch(() => {});
    const end = () => {
      link.inFlight.splice(link.inFlight.indexOf(flight), 1);
      link.lastAnswerAt = performance.now();
    };
    sent.then(
      (result) => {
        end();
        roundTripMs = Math.min(link.lastAnswerAt - flight.sentAt, roundTripMs * 1.02 + 0.05);
        lookup.isDone = true;
        lookup.resolve(result as unknown as Result);
      },
      (error: unknown) => {
        end();
        onFailed(link, lookup, cause ?? error);
      },
    );
  }

  function onFailed(link: Link, lookup: Lookup, error: unknown): void {
    const failure = link.isReplaced ? 'query_timeout' : failureClass(error);
    const { reason, retry } = failureOf(failure);
    // What is said before it closes is known first.
    if (retry === 'connection') onLost(link, failure);
    if (lookup.isDone) return;
    const mayHelp = retry === 'connection' || retry === 'nothing';
    if (mayHelp && lookup.retries++ < maxRetries && lookup.deadline.remainingMs() > 0) {
      if (retry === 'connection') lookup.lostAt = performance.now();
      send(lookup);
      return;
    }
    lookup.isDone = true;
    lookup.reject(new LookupError(reason, failure, { cause: error }));
  }

  /** Finds blocked and dead connections while lookups are in flight, and lookups that waited too long. */
  function check(): void {
    const now = performance.now();
    const deadMs = limits.answerMs + 2 * Math.min(roundTripMs, 1_000);
    // Where this process itself was held up, answers may be here that it has not read yet.
    const isLate = now - checkedAt > 10 * checkIntervalMs;
    checkedAt = now;
    const dead = isLate ? undefined : links.find((link) => age(link, now) > deadMs);
    if (dead !== undefined) replaceDead(dead);
    for (const link of links)
      if (link.inFlight.length > 1 && isBlocked(link, now)) hedge(link, now);
    const idle = links.find(
      (link) => link.inFlight.length === 0 && now - link.lastAnswerAt > maxIdleMs,
    );
    if (idle !== undefined && links.length > keptConnections) {
      links.splice(links.indexOf(idle), 1);
      idle.session.client.end().catch(() => {});
    }
    for (const lookup of waiting)
      if (lookup.deadline.remainingMs() < checkIntervalMs) giveUp(lookup, 'connecting');
    waiting = waiting.filter(({ isDone }) => !isDone);
  }

  /** Sends those that wait behind a slow lookup on another connection as well; the first answer counts. */
  function hedge(blocked: Link, now: number): void {
    for (const { lookup } of blocked.inFlight.slice(1)) {
      if (lookup.isHedged || lookup.isDone) continue;
      const other = pick(now);
      if (other === undefined) {
        connect();
        return;
      }
      lookup.isHedged = true;
      dispatch(other, lookup);
    }
  }

  /** After a failover, connections that answered nothing since are dead as well. */
  function replaceDead(dead: Link): void {
    const since = Math.max(dead.inFlight[0]?.sentAt ?? 0, dead.lastAnswerAt);
    log.warn({ event: 'pool_replaced', class: 'query_timeout' });
    for (const link of [...links])
      if (link === dead || link.lastAnswerAt <= since) {
        link.isReplaced = true;
        link.session.destroy();
        onLost(link, 'query_timeout');
      }
  }

  function giveUp(lookup: Lookup, failure: string): void {
    lookup.isDone = true;
    lookup.reject(new LookupError('unreachable', failure, {}));
  }

  for (let i = 0; i < Math.min(keptConnections, maxConnections); i++) connect();

  return {
    run(statement, values, deadline = new Deadline()) {
      lastUsedAt = performance.now();
      return new Promise((resolve, reject) => {
        const state = { retries: 0, lostAt: 0, isHedged: false, isDone: false };
        send({ statement, values, deadline, resolve, reject, ...state });
      });
    },
    async check(run) {
      const { client } = await open(false).catch((error: unknown) => {
        throw toLookupError(error);
      });
      return run(client).finally(() => client.end().catch(() => {}));
    },
    counts: () => ({
      open: links.length,
      idle: links.filter(({ inFlight }) => inFlight.length === 0).length,
      waiting: waiting.length,
    }),
    isConnected: () => isUp,
    async end() {
      hasEnded = true;
      clearInterval(timer);
      for (const lookup of waiting.splice(0)) giveUp(lookup, 'connection_terminated');
      await Promise.all(links.map(({ session }) => session.client.end()));
    },
  };
}

/** Values stay as Postgres wrote them. */
const asText = { getTypeParser: () => (value: string) => value };
