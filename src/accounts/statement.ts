import { performance } from 'node:perf_hooks';
import pg from 'pg';
import { serialize } from 'pg-protocol';
import type { Column } from './columns.ts';
import { failureClass } from './failures.ts';

/** A query and the columns that it is known to return; without a name it is parsed each time. */
export type Statement = { name: string | undefined; text: string; columns: readonly Column[] };

/** A parameter or a value as Postgres reads and writes it. */
export type Text = string | null;

/** The rows for these parameters. Throws what pg throws. */
export type Ask = (parameters: readonly Text[]) => Promise<Text[][]>;

/** "cached plan must not change result type": somebody altered a table. */
export const tablesChanged = '0A000';

/** What is wrong with the statement itself; the others: a pooler gave us a session that has another's. */
export const statementFailures: ReadonlySet<string> = new Set([tablesChanged, '42P05', '26000']);

/** Whoever stands in a batch behind a slow lookup waits for it: together they may take so long. */
const longestBatchMs = 50;

/** A batch that takes longer is slow, however busy this process was meanwhile. */
const longestBusyMs = 250;

const mostTogether = 8;

const mostUnderWay = 3;

/** Up to so many are sent without waiting for others. */
const fewUnderWay = 2;

/** Nobody waits longer for a batch to come back. */
const patienceMs = 10;

/**
 * Asks one statement again and again: at once while few are under way, else in batches, each in one
 * write on one connection. What is asked while several batches are under way goes with the next. With
 * fifty agents at once that takes a third off the CPU of an answer; with a single one it changes
 * nothing. Once lookups are slow, each is on its own.
 */
export function createAsk(pool: pg.Pool, statement: Statement): Ask {
  const waiting: Question[] = [];
  const known: Known = { columns: statement.columns, types: null };
  let underWay = 0;
  /** How long we wait for a lookup, within a batch. Until some came back, they count as slow. */
  let eachMs = longestBatchMs;
  /** Whether the end of this turn, or of our patience, is awaited already. */
  const awaits = { turn: false, patience: false };

  const together = () => Math.max(1, Math.min(mostTogether, Math.floor(longestBatchMs / eachMs)));

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
    while (waiting.length > 0 && (underWay < mostUnderWay || together() === 1)) sendBatch();
    if (waiting.length === 0 || awaits.patience) return;
    awaits.patience = true;
    setTimeout(sendAll, patienceMs);
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

type Question = {
  parameters: readonly Text[];
  resolve: (rows: Text[][]) => void;
  reject: (error: unknown) => void;
};

/** `types` are those of the first answer, as the oids that Postgres has for them. */
type Known = { columns: readonly Column[]; types: number[] | null };

/** As much of `pg.Connection` as is used here; @types/pg knows it otherwise. */
type Wire = {
  stream: { write: (bytes: Buffer) => void };
  /** By name, what pg parsed on this connection. */
  parsedStatements: Record<string, string>;
};

const execute = serialize.execute();
const describeAndExecute = Buffer.concat([serialize.describe({ type: 'P' }), execute]);
/** Without it, Postgres keeps all answers until it has the last: a tenth fewer of them at ten clients. */
const flush = serialize.flush();
const sync = serialize.sync();

/**
 * Questions as pg takes whatever speaks Postgres's protocol by itself. Its own queries learn the
 * columns anew from each answer, which takes a tenth of the CPU of an answer.
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY
 */
class Batch {
  /** pg remembers by these two what is parsed on a connection. */
  readonly name: string;
  readonly text: string;
  /** pg puts one in its place, and its pool another. */
  callback: ((error: Error | null) => void) | undefined = undefined;
  readonly #known: Known;
  readonly #questions: Question[];
  #isSent = false;
  #answered = 0;
  /** Of the one that is being answered. */
  #rows: Text[][] = [];
  #columns: 'as_known' | 'other' | null = null;

  constructor({ name = '', text }: Statement, known: Known, questions: Question[]) {
    this.name = name;
    this.text = text;
    this.#known = known;
    this.#questions = questions;
  }

  /** One buffer: four, as pg writes them for each query, took 3 % of the CPU of an answer. */
  submit({ stream, parsedStatements }: Wire): void {
    this.#isSent = true;
    const { name, text } = this;
    const isParsed = name !== '' && parsedStatements[name] !== undefined;
    const messages = isParsed ? [] : [serialize.parse({ name, text })];
    for (const [i, { parameters }] of this.#questions.entries()) {
      if (i > 0) messages.push(flush);
      messages.push(serialize.bind({ statement: name, values: [...parameters] }));
      messages.push(i === 0 ? describeAndExecute : execute);
    }
    stream.write(Buffer.concat([...messages, sync]));
  }

  /** Told each time: behind a pooler the session may be another, parsed after a table was changed. */
  handleRowDescription({ fields }: { fields: { name: string; dataTypeID: number }[] }): void {
    const { columns } = this.#known;
    this.#known.types ??= fields.map(({ dataTypeID }) => dataTypeID);
    const { types } = this.#known;
    const isAsKnown =
      fields.length === columns.length &&
      columns.every(
        ({ name, formerName = name }, i) =>
          fields[i]?.name === formerName && fields[i].dataTypeID === types[i],
      );
    this.#columns = isAsKnown ? 'as_known' : 'other';
  }

  handleDataRow({ fields }: { fields: Text[] }): void {
    this.#rows.push(fields);
  }

  handleCommandComplete(): void {
    // Without a word of its columns it is a statement that returns none: not ours.
    this.#columns ??= 'other';
    if (this.#columns === 'other') return;
    this.#questions[this.#answered++]?.resolve(this.#rows);
    this.#rows = [];
  }

  handleError(error: Error): void {
    this.callback?.(error);
  }

  handleReadyForQuery(): void {
    this.callback?.(null);
  }

  /** Tells those without an answer what became of it, and gives back those to be asked again. */
  settle(error: unknown): Question[] {
    const [next, ...others] = this.#questions.slice(this.#answered);
    if (next === undefined) return [];
    const failure =
      this.#columns === 'other' ? new OtherColumns() : (error ?? new Error('no answer'));
    const named = failureClass(failure);
    // The time was for all together: each gets its own.
    if (named === 'query_timeout' && this.#questions.length > 1) return [next, ...others];
    next.reject(failure);
    const isOfOne =
      this.#isSent && failure instanceof pg.DatabaseError && !statementFailures.has(named);
    // Behind an error, Postgres passes over the rest.
    if (isOfOne) return others;
    for (const { reject } of others) reject(failure);
    return [];
  }
}

/** What a statement returns is not what it was known to return, under the code that Postgres has for it. */
class OtherColumns extends Error {
  readonly code = tablesChanged;
}
