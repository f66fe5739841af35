import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { type Account, type FindAccounts, LookupError } from '../account.ts';
import type { Log } from '../log.ts';
import type { Column } from './columns.ts';
import { type AccountQuery, ContractError, checkContract } from './contract.ts';
import { advice, type History, history } from './contract-version.ts';
import { failureClass, toLookupError } from './failures.ts';
import { asksForCustomerId } from './parameters.ts';
import { readAccount, typeParsers } from './read-account.ts';

/**
 * Looks accounts up with the query, whose `$1` is the folded addresses as `text[]` and whose `$2`,
 * if it has one, Help Scout's customer id or null, in one round trip. The first lookup checks the
 * contract before it. A row whose address was not asked for, and that is not that customer's
 * either, is dropped, whatever the query says: a pattern match, or a lower() that folds more than
 * ASCII, would show another customer's account.
 */
export function createFindAccounts(
  pool: pg.Pool,
  query: AccountQuery,
  log: Log,
  known: History = history,
): FindAccounts {
  let name: string | undefined = 'account';
  let contract: ReturnType<typeof checkedColumns> | null = null;

  async function checkedColumns() {
    try {
      const columns = await checkContract(pool, query, known);
      for (const says of advice(columns, known)) log.warn({ event: 'contract', says });
      return { columns, types: typeParsers(columns), inTodaysNames: renaming(columns) };
    } catch (error) {
      // The database may come back, or the tables be mended, before the next agent asks.
      contract = null;
      if (!(error instanceof ContractError)) throw error;
      throw new LookupError('misconfigured', 'contract', { cause: error });
    }
  }

  const takesCustomerId = asksForCustomerId(query.sql);

  async function ask(emails: readonly string[], customerId: string | null): Promise<Account[]> {
    contract ??= checkedColumns();
    const { columns, types, inTodaysNames } = await contract;
    const values = takesCustomerId ? [emails, customerId] : [emails];
    // Named: parsed once per connection, which nearly doubles the throughput.
    const { rows } = await pool.query({ name, text: query.sql, values, types });
    const isThatCustomer = (row: { helpscout_customer_id?: unknown }) =>
      takesCustomerId && customerId !== null && row.helpscout_customer_id === customerId;
    const accounts = rows
      .map(inTodaysNames)
      .map((row) => ({ account: readAccount(row, columns), isFoundById: isThatCustomer(row) }))
      .filter(({ account, isFoundById }) => isFoundById || emails.includes(account.email))
      .map(({ account }) => account);
    if (accounts.length < rows.length)
      log.warn({ event: 'unasked_rows', count: rows.length - accounts.length });
    return accounts;
  }

  /** The next lookups use another name, or none where a pooler cannot have any. */
  function rename(used: string, failure: string): void {
    // Several lookups may find the same name unusable; the first renames.
    if (used !== name) return;
    log.warn({ event: 'statement_renamed', class: failure });
    name = failure === tablesChanged ? `account_${randomBytes(4).toString('hex')}` : undefined;
    contract = null;
  }

  return async (emails, helpScoutCustomerId) => {
    const customerId = helpScoutCustomerId ?? null;
    const used = name;
    try {
      return await ask(emails, customerId).catch((error: unknown) => {
        const failure = failureClass(error);
        if (used === undefined || !statementFailures.has(failure)) throw error;
        rename(used, failure);
        return ask(emails, customerId);
      });
    } catch (error) {
      throw error instanceof LookupError ? error : toLookupError(error);
    }
  };
}

type Row = Readonly<Record<string, unknown>>;

/** Makes a row of a query that was made for an earlier contract one of today's. */
function renaming(columns: readonly Column[]): (row: Row) => Row {
  const renamed = columns.filter(({ formerName }) => formerName !== undefined);
  if (renamed.length === 0) return (row) => row;
  return (row) =>
    Object.assign(
      { ...row },
      ...renamed.map(({ name, formerName = name }) => ({ [name]: row[formerName] })),
    );
}

/** "cached plan must not change result type": somebody altered a table. */
const tablesChanged = '0A000';

/** The others: a pooler gave us a session that has another's statements, or not ours. */
const statementFailures = new Set([tablesChanged, '42P05', '26000']);
