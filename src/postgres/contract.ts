import { failureOf } from '../domain/failures.ts';
import { StartError } from '../domain/start-error.ts';
import { type Column, looksSensitive } from './columns.ts';
import { describeQuery } from './describe-query.ts';
import { toLookupError } from './failure-code.ts';
import type { Queryable } from './pg-internals.ts';
import { typeFault } from './remedies.ts';
import { asSent, declaredContract, lineAfter, lineOf, parametersOf, valuesFor } from './sql.ts';

/** The account query and the file it stands in, for messages. */
export type AccountQuery = { file: string; sql: string };

/** The query cannot be used; each problem names file and line, and says what to do. */
export class ContractError extends StartError {
  override name = 'ContractError';

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

/** The version of the columns that this server reads: docs/upgrading.md. */
export const contractVersion = 1;

/**
 * Checks the query on the real database without reading a row, and gives its columns.
 * Throws `ContractError` with all that is wrong, or `LookupError` when the database is away.
 */
export async function checkContract(
  connections: Queryable,
  query: AccountQuery,
): Promise<Column[]> {
  try {
    const columns = await describeQuery(connections, query.sql);
    if (columns === null) throw new ContractError([at(query, 1, returnsNothing)]);
    const problems = [...versionFaults(query), ...faults(query, columns)];
    // With other parameters it cannot be planned, and that was said already.
    if (canBePlanned(query) && (await writes(connections, query)))
      problems.push(at(query, 1, mustNotWrite));
    if (problems.length > 0) throw new ContractError(problems);
    return columns;
  } catch (error) {
    throw explain(query, error);
  }
}

const returnsNothing = 'must be a select that returns a row for each account, but returns nothing';
const withoutEmail =
  'must return a column "email" (text): the address that matched; add it to the select';
const mustNotWrite = 'must only read, but writes: take the insert, update or delete out';

/** Why the query declares a version that this server cannot read; a query may declare none. */
function versionFaults(query: AccountQuery): string[] {
  const declared = declaredContract(query.sql);
  if (declared === null || declared.version === String(contractVersion)) return [];
  const { version, line } = declared;
  const fault = /^[1-9]\d*$/.test(version)
    ? `is made for contract ${version}, but this server knows contract ${contractVersion} at most: upgrade the server, or go back to the query from before`
    : `"${version}" is no version of the contract: write -- helpscout-sidebar contract ${contractVersion}, as docs/upgrading.md explains`;
  return [at(query, line, fault)];
}

/** What is wrong with the parameters and the columns, a line each. */
function faults(query: AccountQuery, columns: readonly Column[]): string[] {
  const problems = new Set<string>();
  const add = (name: string, text: string) =>
    problems.add(at(query, lineOf(query.sql, name), text));
  const names = columns.map(({ name }) => name);
  if (!names.includes('email')) problems.add(at(query, 1, withoutEmail));
  const parameters = parametersOf(query.sql);
  if (!parameters.includes('$1'))
    add('$1', 'must look for $1, the addresses as text[], but never names it');
  for (const parameter of parameters.filter((name) => !knownParameters.includes(name)))
    add(
      parameter,
      `there is no ${parameter}, only $1: the addresses as text[], $2: Help Scout’s customer id as text, and $3: the context as jsonb`,
    );
  if (parameters.includes('$2') && !names.includes('helpscout_customer_id'))
    add(
      '$2',
      'looks for $2, Help Scout’s customer id, so it must return "helpscout_customer_id": add it to the select',
    );
  for (const column of columns) {
    const { name, type, kind } = column;
    const fault = typeFault(column);
    if (fault !== null) add(name, fault);
    else if (kind === 'binary')
      add(name, `"${name}" is ${type}, which cannot be shown: take it out of the select`);
    if (looksSensitive(name))
      add(
        name,
        `"${name}" looks like a secret, which agents would see: take it out, or rename it with "as" if it is none`,
      );
    if (names.indexOf(name) !== names.lastIndexOf(name))
      add(
        name,
        `"${name}" is returned more than once: give each column a name of its own with "as"`,
      );
  }
  return [...problems];
}

const knownParameters = ['$1', '$2', '$3'];

const canBePlanned = ({ sql }: AccountQuery) => {
  const parameters = parametersOf(sql);
  return parameters.includes('$1') && parameters.every((name) => knownParameters.includes(name));
};

/** Planned, not run: a plan that modifies a table has a node of that name. */
async function writes(connections: Queryable, { sql }: AccountQuery): Promise<boolean> {
  const values = valuesFor(sql)([], null, {});
  const { rows } = await connections.query(`explain (format json) ${asSent(sql)}`, values);
  return JSON.stringify(rows).includes('"Node Type":"ModifyTable"');
}

/** What Postgres says of a query, with the line and what to do. */
function explain(query: AccountQuery, error: unknown): Error {
  if (error instanceof ContractError) return error;
  const lookupError = toLookupError(error);
  const { isAboutQuery, todo } = failureOf(lookupError.class);
  if (!(error instanceof Error) || !isAboutQuery) return lookupError;
  const before = [...query.sql].slice(0, 'position' in error ? Number(error.position) - 1 : 0);
  const remedy = error.message.includes('multiple commands') ? 'Keep one statement.' : todo;
  return new ContractError([at(query, lineAfter(before.join('')), `${error.message}. ${remedy}`)]);
}

const at = ({ file }: AccountQuery, line: number, text: string) => `${file}:${line}: ${text}`;
