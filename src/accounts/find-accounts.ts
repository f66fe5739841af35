import type pg from 'pg';
import { type FindAccounts, LookupError } from '../account.ts';
import type { Log } from '../log.ts';
import { type AccountQuery, ContractError, checkContract } from './contract.ts';
import { toLookupError } from './failures.ts';
import { readAccount, typeParsers } from './read-account.ts';

/**
 * Looks accounts up with the query, whose `$1` is the folded addresses as `text[]`, in one round
 * trip. The first lookup checks the contract before it. A row whose address was not asked for is
 * dropped, whatever the query says: a pattern match, or a lower() that folds more than ASCII,
 * would show another customer's account.
 */
export function createFindAccounts(pool: pg.Pool, query: AccountQuery, log: Log): FindAccounts {
  let contract: ReturnType<typeof checkedColumns> | null = null;

  async function checkedColumns() {
    try {
      const columns = await checkContract(pool, query);
      return { columns, types: typeParsers(columns) };
    } catch (error) {
      // The database may come back, or the tables be mended, before the next agent asks.
      contract = null;
      if (!(error instanceof ContractError)) throw error;
      throw new LookupError('misconfigured', 'contract', { cause: error });
    }
  }

  return async (emails) => {
    contract ??= checkedColumns();
    const { columns, types } = await contract;
    const { rows } = await pool
      .query({
        // Named: parsed once per connection, which nearly doubles the throughput.
        name: 'account',
        text: query.sql,
        values: [emails],
        types,
      })
      .catch((error: unknown) => {
        throw toLookupError(error);
      });
    const accounts = rows
      .map((row) => readAccount(row, columns))
      .filter(({ email }) => emails.includes(email));
    if (accounts.length < rows.length)
      log.warn({ event: 'unasked_rows', count: rows.length - accounts.length });
    return accounts;
  };
}
