import { performance } from 'node:perf_hooks';
import type pg from 'pg';
import { Batch, type Execution, type KnownColumns, type Statement, type Text } from './batch.ts';
import { runQuery } from './pg-internals.ts';

/** The rows for these parameters. Throws what pg throws. */
export type RunStatement = (parameters: readonly Text[]) => Promise<Text[][]>;

/** A lookup in a batch waits for the slow ones before it: a batch may take no longer than this. */
const maxBatchMs = 50;

/** A batch that takes longer is slow, however busy this process was meanwhile. */
const slowBatchMs = 250;

const maxBatchSize = 8;

const maxInFlightBatches = 3;

/** Below this, each execution is sent at once. */
const minInFlightBatches = 2;

const maxQueueDelayMs = 10;

/**
 * Runs one statement: at once while few batches are in flight, else in batches, each in one write on
 * one connection. Once lookups are slow, each is sent alone.
 */
export function createBatcher(pool: pg.Pool, statement: Statement): RunStatement {
  const queue: Execution[] = [];
  const known: KnownColumns = { columns: statement.columns, types: null };
  let inFlightBatches = 0;
  /** Time that we wait for each execution in a batch. At first they count as slow. */
  let recentLatencyMs = maxBatchMs;
  const scheduled = { flush: false, flushAll: false };

  const batchSize = () =>
    Math.max(1, Math.min(maxBatchSize, Math.floor(maxBatchMs / recentLatencyMs)));

  function enqueue(execution: Execution): void {
    queue.push(execution);
    if (inFlightBatches < minInFlightBatches || batchSize() === 1) flush();
    // More lookups often follow in the same turn of the event loop.
    else if (!scheduled.flush) {
      scheduled.flush = true;
      setImmediate(flush);
    }
  }

  function flush(): void {
    scheduled.flush = false;
    while (queue.length > 0 && (inFlightBatches < maxInFlightBatches || batchSize() === 1))
      sendBatch();
    if (queue.length === 0 || scheduled.flushAll) return;
    scheduled.flushAll = true;
    setTimeout(flushAll, maxQueueDelayMs);
  }

  function flushAll(): void {
    scheduled.flushAll = false;
    while (queue.length > 0) sendBatch();
  }

  function sendBatch(): void {
    const executions = queue.splice(0, batchSize());
    const [sentAt, idleBefore] = [performance.now(), idleMs()];
    const batch = new Batch(statement, known, executions);
    const settle = (error: unknown) => {
      inFlightBatches--;
      const tookMs = performance.now() - sentAt;
      const waitedMs = tookMs > slowBatchMs ? tookMs : idleMs() - idleBefore;
      // Decays slowly: where some lookups are slow, others will be.
      recentLatencyMs = Math.max(waitedMs / executions.length, recentLatencyMs * 0.8);
      queue.unshift(...batch.settle(error));
      flush();
    };
    inFlightBatches++;
    runQuery(pool, batch).then(() => settle(null), settle);
  }

  return (parameters) => new Promise((resolve, reject) => enqueue({ parameters, resolve, reject }));
}

/** Idle time of the event loop: time in which this process is busy says nothing of Postgres. */
const idleMs = () => performance.eventLoopUtilization().idle;
