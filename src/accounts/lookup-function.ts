import pg from 'pg';
import { type AccountQuery, ContractError, checkContract } from './contract.ts';
import { type History, history } from './contract-version.ts';
import { toLookupError } from './failures.ts';
import { asksForCustomerId } from './parameters.ts';

const calledByItself = /\bhelpscout_sidebar\s*\.\s*accounts\b/;

/**
 * `sql/function.sql` with the account query in it, and with the types that its columns have in this
 * database, as whoever may read the tables. Throws what `checkContract` throws.
 */
export async function lookupFunction(
  pool: pg.Pool,
  template: string,
  query: AccountQuery,
  known: History = history,
): Promise<string> {
  const statement = withoutSemicolons(query.sql).trim();
  if (calledByItself.test(statement))
    throw new ContractError([
      `${query.file}: asks the function itself: name the query that is to be in it, as in ACCOUNT_QUERY_FILE=sql/account.sql`,
    ]);
  if (asksForCustomerId(statement))
    throw new ContractError([
      `${query.file}: looks for $2, Help Scout’s customer id, which the function is not given: take it out, or let the server read the tables with a role of your own`,
    ]);
  const columns = await checkContract(pool, query, known);
  const searchPath = await searchPathOf(pool);

  const named = columns.map(({ name, formerName = name, type }) => ({
    name: pg.escapeIdentifier(formerName),
    type,
  }));
  const parts = new Map([
    [':search_path', searchPath],
    [':columns', named.map(({ name, type }) => `${name} ${type}`).join(',\n  ')],
    // A domain is described as the type below it, which RETURN QUERY does not take it for.
    [':casts', named.map(({ name, type }) => `account.${name}::${type}`).join(',\n    ')],
    [':query', statement],
  ]);
  return template.replace(
    /:(?:search_path|columns|casts|query)\b/g,
    (mark) => parts.get(mark) ?? mark,
  );
}

/** The schemas in which the query's names were found. */
async function searchPathOf(pool: pg.Pool): Promise<string> {
  const { rows } = await pool
    .query('select quote_ident(name) as name from unnest(current_schemas(false)) as name')
    .catch((error: unknown) => {
      throw toLookupError(error);
    });
  return rows.length === 0 ? "''" : rows.map(({ name }) => name).join(', ');
}

/** A text, a name, a comment, a dollar-quoted text; or a semicolon outside of them. */
const lexeme = /'[^']*'|"[^"]*"|--[^\n]*|\/\*[\s\S]*?\*\/|\$(\w*)\$[\s\S]*?\$\1\$|;/g;

/** The contract allows one statement, so a semicolon can only be its end. */
function withoutSemicolons(sql: string): string {
  return sql.replace(lexeme, (text) => (text === ';' ? '' : text));
}
