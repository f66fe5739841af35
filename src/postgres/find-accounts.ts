import { randomBytes } from 'node:crypto';
import { type Account, type FindAccounts, LookupError } from '../domain/account.ts';
import type { Context } from '../domain/context.ts';
import { Deadline } from '../domain/deadline.ts';
import { failureOf } from '../domain/failures.ts';
import type { Log } from '../domain/log.ts';
import { boundQuery, tooLargeColumn } from './bounded-query.ts';
import type { Column } from './columns.ts';
import type { Connections, Result, Statement } from './connections.ts';
import { type AccountQuery, ContractError, checkContract } from './contract.ts';
import { failureClass, toLookupError } from './failure-code.ts';
import { createReadRow, readAccount } from './read-account.ts';
import { createRunWithoutBroken } from './run-without-broken.ts';
import { asksForCustomerId, asSent, valuesFor, withoutSemicolons } from './sql.ts';

/**
 * Looks accounts up with the query in one round trip: `$1` is the folded addresses as `text[]`, and
 * where it has them, `$2` is Help Scout's customer id or null, and `$3` the context as jsonb. The
 * first lookup checks the contract before it.
 */
export function createFindAccounts(
  connections: Connections,
  query: AccountQuery,
  log: Log,
): FindAccounts {
  let name: string | undefined = 'account';
  let preparing: Promise<Prepared> | null = null;
  /** What came of it: a lookup need not wait for what is there. */
  let prepared: Prepared | null = null;

  async function prepare(): Promise<Prepared> {
    try {
      const columns = await connections.check((client) => checkContract(client, query));
      const statement = { name, text: boundQuery(sql, columns) };
      const isExpected = createColumnCheck([...columns, { name: tooLargeColumn }]);
      prepared = { statement, columns, isExpected, readRow: createReadRow(columns) };
      return prepared;
    } catch (error) {
      // The database may come back, or the tables be mended, before the next agent asks.
      preparing = null;
      if (!(error instanceof ContractError)) throw error;
      throw new LookupError('misconfigured', 'contract', { cause: error });
    }
  }

  const sql = asSent(withoutSemicolons(query.sql));
  const runWithoutBroken = createRunWithoutBroken(connections, sql, log);
  const takesCustomerId = asksForCustomerId(query.sql);
  const values = valuesFor(query.sql);

  async function find(
    emails: readonly string[],
    customerId: string | null,
    context: Context,
    deadline = new Deadline(),
    isLastTry = false,
  ): Promise<Account[]> {
    const used = name;
    preparing ??= prepare();
    const mine = preparing;
    try {
      const { statement, columns, isExpected, readRow } =
        prepared ?? (await deadline.race(mine, stillConnecting, deadline.remainingMs() - 25));
      const parameters = values(toArray(emails), customerId, context);
      const { fields, rows, leftOut } = await connections
        .run(statement, parameters, deadline)
        .then((result) => ({ ...result, leftOut: [] }))
        .catch((error: unknown) => runWithoutBroken(error, columns, parameters, deadline));
      if (!isExpected(fields)) throw new LookupError('misconfigured', tablesChanged, {});
      const unreadable = new Map<string, number>();
      const accounts = rows.map((texts) => {
        const tooLarge = texts[columns.length] ?? null;
        if (tooLarge !== null) log.warn({ event: 'value_too_large', column: tooLarge });
        const account = readAccount(omit(readRow(texts), leftOut), columns, (column) =>
          unreadable.set(column, (unreadable.get(column) ?? 0) + 1),
        );
        // An id proves nothing where the query did not look for it.
        return takesCustomerId ? account : { ...account, helpScoutCustomerId: null };
      });
      for (const [column, count] of unreadable)
        log.warn({ event: 'value_unreadable', column, count });
      return accounts;
    } catch (error) {
      const failure = failureClass(error);
      const isOutsideEncoding = !isLastTry && failure === notInEncoding && !emails.every(isAscii);
      if (isOutsideEncoding) return findStorable(emails, customerId, context, deadline);
      const mayHelp = failure === columnGone || failureOf(failure).retry === 'statement';
      if (isLastTry || !mayHelp) throw toLookupError(error);
      if (mine === preparing) prepareAnew(used, failure);
      return find(emails, customerId, context, deadline, true);
    }
  }

  /** No account can have an address that the encoding of the database does not have. */
  async function findStorable(
    emails: readonly string[],
    customerId: string | null,
    context: Context,
    deadline: Deadline | undefined,
  ): Promise<Account[]> {
    const storable: string[] = [];
    for (const email of emails) {
      // An address alone that finds nothing is not missed among others either.
      const isKept =
        isAscii(email) ||
        (emails.length > 1 && (await find([email], null, context, deadline)).length > 0);
      if (isKept) storable.push(email);
    }
    if (storable.length === 0 && customerId === null) return [];
    return find(storable, customerId, context, deadline, true);
  }

  /** The next lookups use another name, or none where a pooler cannot have any. */
  function prepareAnew(used: string | undefined, failure: string): void {
    log.warn({ event: 'statement_renamed', class: failure });
    const isPoolers = failure !== tablesChanged && failure !== columnGone;
    const isWithoutName = used === undefined || isPoolers;
    name = isWithoutName ? undefined : `account_${randomBytes(4).toString('hex')}`;
    preparing = null;
    prepared = null;
  }

  return (emails, customerId, deadline, context = {}) =>
    find(emails, customerId ?? null, context, deadline);
}

/** Of a database that is far, or wakes up. */
const stillConnecting = () => new LookupError('unreachable', 'connecting', {});

/** An address has a character that the encoding of the database does not have. */
const notInEncoding = '22P05';

/** Null would say something: of a limit, that there is none. */
const omit = (row: ReturnType<Prepared['readRow']>, names: readonly string[]) =>
  names.length === 0
    ? row
    : Object.fromEntries(Object.entries(row).filter(([name]) => !names.includes(name)));

const isAscii = (text: string) => /^[\0-\x7f]*$/.test(text);

/** The bounded query names the columns that `select *` had when it was prepared. */
const columnGone = '42703';

type Prepared = {
  statement: Statement;
  columns: readonly Column[];
  isExpected: (fields: Result['fields']) => boolean;
  readRow: ReturnType<typeof createReadRow>;
};

/** "cached plan must not change result type": a table was altered. */
const tablesChanged = '0A000';

/**
 * Whether an answer has these columns, of the types that the first answer had: behind a pooler, another
 * session may have parsed the statement after a table was altered.
 */
function createColumnCheck(columns: readonly { name: string }[]): Prepared['isExpected'] {
  let types: readonly number[] | null = null;
  return (fields) => {
    types ??= fields.map(({ dataTypeID }) => dataTypeID);
    return (
      fields.length === columns.length &&
      fields.every(
        ({ name, dataTypeID }, i) => name === columns[i]?.name && dataTypeID === types?.[i],
      )
    );
  };
}

/** As Postgres reads a `text[]`. */
const toArray = (texts: readonly string[]) =>
  `{${texts.map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
