import type { Deadline } from '../domain/deadline.ts';
import { failureOf, whyUnreachable } from '../domain/failures.ts';
import type { Log } from '../domain/log.ts';
import { boundQuery } from './bounded-query.ts';
import type { Column } from './columns.ts';
import type { Connections, Result, Text } from './connections.ts';
import { failureClass } from './failure-code.ts';
import { limits } from './session.ts';

/** A column, and the class of its failure. */
type Broken = { name: string; failure: string };

type Answer = Result & { leftOut: readonly string[] };

type RunWithoutBroken = (
  error: unknown,
  columns: readonly Column[],
  values: readonly Text[],
  deadline: Deadline,
) => Promise<Answer>;

/** Without these there is no telling whose row it is. */
const identifying = ['email', 'helpscout_customer_id'];

/** After a search that found no column: it would burden a database that is in trouble. */
const searchPauseMs = 10_000;

/** That an address has a character which the database lacks is no column's fault. */
const isAboutColumns = (failure: string) => failure !== '22P05' && failureOf(failure).isAboutData;

/**
 * Runs a lookup again that failed for a customer's data, without the columns that Postgres cannot compute
 * for that customer, such as a text that is cast to a number. Throws the first error where it is no
 * column's: of a join or a where, or within a function. Only one such query is in flight.
 */
export function createRunWithoutBroken(
  connections: Connections,
  sql: string,
  log: Log,
): RunWithoutBroken {
  /** Columns that failed for some customer: they are the first to be left out for the next. */
  const known = new Set<string>();
  /** Columns among which a search was looking when its time was over. */
  let suspects: readonly string[] = [];
  let noSearchBefore = Number.NEGATIVE_INFINITY;
  let queue: Promise<unknown> = Promise.resolve();

  const runAgain: RunWithoutBroken = async (error, columns, values, deadline) => {
    const names = columns.map(({ name }) => name).filter((name) => !identifying.includes(name));
    if (names.length === 0) throw error;
    let answer: Answer | null = null as Answer | null;

    /** The class of the failure, or null where the query answers without these columns. */
    async function leaveOut(leftOut: readonly string[]): Promise<string | null> {
      if (deadline.remainingMs() < limits.statementMs) throw error;
      const text = boundQuery(sql, columns, (name) => leftOut.includes(name));
      try {
        const result = await connections.run({ name: undefined, text }, values, deadline);
        answer = { ...result, leftOut };
        return null;
      } catch (again) {
        const failure = failureClass(again);
        if (isAboutColumns(failure)) return failure;
        throw again;
      }
    }

    const restore = (these: readonly string[]) =>
      leaveOut(answer?.leftOut.filter((name) => !these.includes(name)) ?? []);

    /** The broken ones of columns that fail together; restores the others, half by half. */
    async function findBroken(these: readonly string[], failure: string): Promise<Broken[]> {
      if (these.length === 1) return these.map((name) => ({ name, failure }));
      const half = Math.ceil(these.length / 2);
      const [first, second] = [these.slice(0, half), these.slice(half)];
      const ofFirst = await restore(first);
      if (ofFirst === null) return findBroken(second, failure);
      const found = await findBroken(first, ofFirst);
      const ofSecond = await restore(second);
      return ofSecond === null ? found : [...found, ...(await findBroken(second, ofSecond))];
    }

    const likely = names.filter((name) => known.has(name) || suspects.includes(name));
    if (likely.length === 0 || (await leaveOut(likely)) !== null) {
      if (performance.now() < noSearchBefore) throw error;
      noSearchBefore = performance.now() + searchPauseMs;
      await leaveOut(names);
    }
    if (answer === null) throw error;
    const broken = await findBroken(answer.leftOut, failureClass(error)).finally(() => {
      suspects = answer?.leftOut ?? [];
    });
    noSearchBefore = Number.NEGATIVE_INFINITY;
    suspects = [];
    const { length: count } = answer.rows;
    for (const { name: column, failure } of broken) {
      known.add(column);
      const entry = { column, class: failure, count, ...whyUnreachable(failure) };
      log.warn({ event: 'value_unreadable', ...entry });
    }
    return answer;
  };

  return async (error, ...lookup) => {
    if (!isAboutColumns(failureClass(error))) throw error;
    const mine = queue.then(() => runAgain(error, ...lookup));
    queue = mine.catch(() => {});
    return mine;
  };
}
