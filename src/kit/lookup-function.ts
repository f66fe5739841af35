import pg from 'pg';
import { type AccountQuery, ContractError, checkContract } from '../postgres/contract.ts';
import { toLookupError } from '../postgres/failure-code.ts';
import type { Queryable } from '../postgres/pg-internals.ts';
import {
  asksForContext,
  asksForCustomerId,
  asSent,
  nameOf,
  tokensOf,
  withoutSemicolons,
} from '../postgres/sql.ts';

/**
 * `sql/function.sql` with the account query in it, and with the types that its columns have in this
 * database, as whoever may read the tables. Throws what `checkContract` throws.
 */
export async function lookupFunction(
  connections: Queryable,
  template: string,
  query: AccountQuery,
): Promise<string> {
  const statement = withoutSemicolons(query.sql).trim();
  if (calls(statement, 'helpscout_sidebar', 'accounts'))
    throw new ContractError([
      `${query.file}: asks the function itself: name the query that is to be in it, as in ACCOUNT_QUERY_FILE=sql/account.sql`,
    ]);
  const columns = await checkContract(connections, query);
  const searchPath = await searchPathOf(connections);
  const type = await inferredType(connections, statement);

  const named = columns.map(({ name, type }) => ({ name: pg.escapeIdentifier(name), type }));
  const parts = new Map([
    [':search_path', searchPath],
    [':columns', named.map(({ name, type }) => `${name} ${type}`).join(',\n  ')],
    // A domain is described as the type below it, which RETURN QUERY does not take it for.
    [':casts', named.map(({ name, type }) => `account.${name}::${type}`).join(',\n    ')],
    [':query', type === 'text[]' ? statement : castAddresses(statement, type)],
    ...Object.entries(asksForCustomerId(statement) ? byNumber : byAddress),
    ...(asksForContext(statement) ? withContext(asksForCustomerId(statement)) : []),
  ]);
  return template.replace(mark, (name) => parts.get(name) ?? name);
}

const mark =
  /:(?:search_path|columns|casts|query|numbers|types|through|parameters|check|or_number)\b/g;

/** What `sql/function.sql` leaves open where the query names `$1` alone. */
const byAddress = {
  ':numbers': '',
  ':types': 'text[]',
  ':through': 'sql/through-function.sql',
  ':parameters': 'text[]',
  ':check': '',
  ':or_number': '',
};

/** The same where it names `$2`. A server that does not give the number yet goes on being answered. */
const byNumber: typeof byAddress = {
  ':numbers': `--
-- But the query names $2, so the function takes Help Scout's number of a customer, too, and numbers can
-- be tried one after the other: with the password, and with time, one can list whoever has one.
`,
  ':types': 'text[], text',
  ':through': 'sql/through-function-by-number.sql',
  ':parameters': 'text[], text default null',
  ':check': `  -- A table may have nothing, or 0, for all who are not linked to Help Scout.
  if $2 !~ '^[1-9][0-9]{0,17}$' then
    raise exception 'asked for a customer whose number is none'
      using errcode = 'invalid_parameter_value';
  end if;
`,
  ':or_number': ' or account.helpscout_customer_id::text = $2',
};

/** The same where it names `$3`, which comes third though it may not name `$2`. */
const withContext = (asksForId: boolean): [string, string][] => [
  [':types', 'text[], text, jsonb'],
  [
    ':through',
    asksForId
      ? 'sql/through-function-by-number-with-context.sql'
      : 'sql/through-function-with-context.sql',
  ],
  [':parameters', 'text[], text default null, jsonb default null'],
];

/**
 * The type that Postgres gives $1, as it does for the server, which declares none. Beside citext it
 * is citext[]: compared as text[], the case of an address would count, and no index would help.
 */
async function inferredType(connections: Queryable, statement: string): Promise<string> {
  const name = 'helpscout_sidebar_types';
  // Sent as one message, it stays on one session behind a pooler, too.
  const results: unknown = await connections
    .query(
      `prepare ${name} as ${asSent(statement)}
       ;select parameter_types[1]::text as type from pg_prepared_statements where name = '${name}';
       deallocate ${name}`,
    )
    .catch((error: unknown) => {
      throw toLookupError(error);
    });
  return (results as pg.QueryResult[])[1]?.rows[0].type;
}

const castAddresses = (statement: string, type: string) =>
  tokensOf(statement)
    .map(({ kind, text }) => (kind === 'parameter' && text === '$1' ? `($1::${type})` : text))
    .join('');

/** The schemas in which the query's names were found. */
async function searchPathOf(connections: Queryable): Promise<string> {
  const { rows } = await connections
    .query('select quote_ident(name) as name from unnest(current_schemas(false)) as name')
    .catch((error: unknown) => {
      throw toLookupError(error);
    });
  return rows.length === 0 ? "''" : rows.map(({ name }) => name).join(', ');
}

/** Whether this function of this schema is called. */
export function calls(sql: string, schema: string, name: string): boolean {
  const code = tokensOf(sql).filter(({ kind }) => kind !== 'space' && kind !== 'comment');
  return code.some(
    (token, i) =>
      nameOf(token) === schema &&
      code[i + 1]?.text === '.' &&
      code.slice(i + 2, i + 3).map(nameOf)[0] === name,
  );
}
