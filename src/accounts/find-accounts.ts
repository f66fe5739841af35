import type pg from 'pg';
import type { FindAccounts } from '../account.ts';
import type { Log } from '../log.ts';
import { toLookupError } from './failures.ts';
import { readAccount, typeParsers } from './read-account.ts';

/**
 * Looks accounts up with `sql`, whose `$1` is the folded addresses as `text[]`, in one round
 * trip. A row whose address was not asked for is dropped, whatever the query says: a pattern
 * match, or a lower() that folds more than ASCII, would show another customer's account.
 */
export function createFindAccounts(pool: pg.Pool, sql: string, log: Log): FindAccounts {
  return async (emails) => {
    // Named: parsed once per connection, which nearly doubles the throughput.
    const query = { name: 'account', text: sql, values: [emails], types: typeParsers };
    const { rows } = await pool.query(query).catch((error: unknown) => {
      throw toLookupError(error);
    });
    const accounts = rows.map(readAccount).filter(({ email }) => emails.includes(email));
    if (accounts.length < rows.length)
      log.warn({ event: 'unasked_rows', count: rows.length - accounts.length });
    return accounts;
  };
}
