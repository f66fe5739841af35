import type { Deadline } from '../domain/deadline.ts';
import { failureOf, whyUnreachable } from '../domain/failures.ts';
import type { Log } from '../domain/log.ts';
import { boundQuery } from './bounded-query.ts';
import type { Column } from './columns.ts';
import type { Connections, Result, Text } from './connections.ts';
import { failureClass } from './failure-code.ts';

/** A column, and the class of its failure. */
type Broken = { name: string; failure: string };

/** Without these there is no telling whose row it is. */
const identifying = ['email', 'helpscout_customer_id'];

const isAboutData = (error: unknown) => failureOf(failureClass(error)).isAboutData;

/**
 * Runs a lookup again that failed for a customer's data, without the columns that Postgres cannot compute
 * for that customer, such as a text that is cast to a number. Throws the first error where it is no
 * column's: of a join or a where, or within a function.
 */
export function createRunWithoutBroken(connections: Connections, sql: string, log: Log) {
  /** Of the last such customer: those of the next are likely the same. */
  let broken: Broken[] = [];

  return async (
    error: unknown,
    columns: readonly Column[],
    values: readonly Text[],
    deadline: Deadline,
  ): Promise<Result & { leftOut: readonly string[] }> => {
    if (!isAboutData(error)) throw error;
    const names = columns.map(({ name }) => name).filter((name) => !identifying.includes(name));
    const runWithout = async (leftOut: readonly string[]) => {
      const text = boundQuery(sql, columns, (name) => leftOut.includes(name));
      return connections.run({ name: undefined, text }, values, deadline);
    };

    async function findBroken(): Promise<Broken[]> {
      await runWithout(names).catch(() => {
        throw error;
      });
      const found = names.map(async (name) => {
        const others = names.filter((other) => other !== name);
        try {
          await runWithout(others);
          return [];
        } catch (ofColumn) {
          if (isAboutData(ofColumn)) return [{ name, failure: failureClass(ofColumn) }];
          throw ofColumn;
        }
      });
      return (await Promise.all(found)).flat();
    }

    const runWithoutThese = (these: Broken[]) => runWithout(these.map(({ name }) => name));
    let found = broken;
    let result = found.length === 0 ? null : await runWithoutThese(found).catch(() => null);
    if (result === null) {
      found = await findBroken();
      result = await runWithoutThese(found);
      broken = found;
    }
    const { length: count } = result.rows;
    for (const { name: column, failure } of found) {
      const entry = { column, class: failure, count, ...whyUnreachable(failure) };
      log.warn({ event: 'value_unreadable', ...entry });
    }
    return { ...result, leftOut: found.map(({ name }) => name) };
  };
}
