import { performance } from 'node:perf_hooks';
import type pg from 'pg';
import { Batch, type Known, type Question, type Statement, type Text } from './batch.ts';

/** The rows for these parameters. Throws what pg throws. */
export type Ask = (parameters: readonly Text[]) => Promise<Text[][]>;

/** Whoever stands in a batch behind a slow lookup waits for it: together they may take so long. */
const longestBatchMs = 50;

/** A batch that takes longer is slow, however busy this process was meanwhile. */
const longestBusyMs = 250;

const maxBatchSize = 8;

const maxInFlightBatches = 3;

/** Up to so many are sent without waiting for others. */
const fewUnderWay = 2;

/** Nobody waits longer for a batch to come back. */
const timeoutMs = 10;

/**
 * Asks one statement again and again: at once while few are under way, else in batches, each in one
 * write on one connection. What is asked while several batches are under way goes with the next. With
 * fifty agents at once that takes a third off the CPU of an answer; with a single one it changes
 * nothing. Once lookups are slow, each is on its own.
 */
export function createBatcher(pool: pg.Pool, statement: Statement): Ask {
  const waiting: Question[] = [];
  const known: Known = { columns: statement.columns, types: null };
  let underWay = 0;
  /** How long we wait for a lookup, within a batch. Until some came back, they count as slow. */
  let eachMs = longestBatchMs;
  /** Whether the end of this turn, or of our patience, is awaited already. */
  const awaits = { turn: false, patience: false };

  const together = () => Math.max(1, Math.min(maxBatchSize, Math.floor(longestBatchMs / eachMs)));

  function put(question: Question): void {
    waiting.push(question);
    if (underWay < fewUnderWay || together() === 1) send();
    // Others are often asked in the same turn of the event loop.
    else if (!awaits.turn) {
      awaits.turn = true;
      setImmediate(send);
    }
  }

  function send(): void {
    awaits.turn = false;
    while (waiting.length > 0 && (underWay < maxInFlightBatches || together() === 1)) sendBatch();
    if (waiting.length === 0 || awaits.patience) return;
    awaits.patience = true;
    setTimeout(sendAll, timeoutMs);
  }

  function sendAll(): void {
    awaits.patience = false;
    while (waiting.length > 0) sendBatch();
  }

  function sendBatch(): void {
    const questions = waiting.splice(0, together());
    const [sentAt, idleBefore] = [performance.now(), idleMs()];
    const batch = new Batch(statement, known, questions);
    const settle = (error: unknown) => {
      underWay--;
      const tookMs = performance.now() - sentAt;
      const waitedMs = tookMs > longestBusyMs ? tookMs : idleMs() - idleBefore;
      // Slow ones are not forgotten at once: where some are slow, others will be.
      eachMs = Math.max(waitedMs / questions.length, eachMs * 0.8);
      waiting.unshift(...batch.settle(error));
      send();
    };
    underWay++;
    pool.query(batch as unknown as pg.QueryConfig).then(() => settle(null), settle);
  }

  return (parameters) => new Promise((resolve, reject) => put({ parameters, resolve, reject }));
}

/**
 * For how long this process has had nothing to do. What passes while it is busy says nothing of
 * Postgres: a process that is short of CPU would take it for slow, and do without what spares CPU.
 */
const idleMs = () => performance.eventLoopUtilization().idle;
