import { LookupError } from '../../domain/account.ts';
import { didYouMean } from '../../domain/did-you-mean.ts';
import { knownColumns } from '../../postgres/columns.ts';
import type { Connections } from '../../postgres/connections.ts';
import { type AccountQuery, ContractError, checkContract } from '../../postgres/contract.ts';
import { asksForContext, asksForCustomerId, contextKeysOf } from '../../postgres/sql.ts';
import { unreachable } from './database.ts';
import { about, type Finding } from './finding.ts';

/** The query's contract, as the server checks it when it starts. */
export async function checkQuery(
  connections: Connections,
  query: AccountQuery,
): Promise<Finding[]> {
  const { right, advice, wrong } = about('query');
  try {
    const columns = await connections.check((client) => checkContract(client, query));
    const names = columns.map(({ name }) => name);
    const own = names.filter((name) => !knownColumns.has(name));
    const missing = [...knownColumns.keys()].filter((name) => !names.includes(name));
    const custom = own.length === 0 ? '' : `, with your own: ${own.join(', ')}`;
    const context = asksForContext(query.sql)
      ? `, and $3 with ${contextKeysOf(query.sql).join(', ')}`
      : '';
    const says = `${query.file} returns ${columns.length} columns${custom}${context}`;
    const misspelt = own.flatMap((name) => {
      const meant = didYouMean(name, missing);
      if (meant === null) return [];
      const doubt = `${query.file}: "${name}" is shown as your own: did you mean "${meant}"?`;
      return advice(doubt, 'correct its name in the select, if so');
    });
    const usesId = asksForCustomerId(query.sql);
    const contract =
      !usesId && names.includes('helpscout_customer_id')
        ? advice(
            `${says}, but does not use $2: a platform app finds nobody by helpscout_customer_id`,
            'add: or helpscout_customer_id = $2; with the role’s function, use sql/through-function-by-number.sql',
          )
        : right(usesId ? `${says}, and uses $2, Help Scout’s customer ID` : says);
    return [contract, ...misspelt];
  } catch (error) {
    if (error instanceof ContractError)
      return error.message.split('\n').map((problem) => wrong(problem));
    if (!(error instanceof LookupError)) throw error;
    const { todo } = unreachable(error.cause);
    return [wrong(`the server, with its own connection options, fails (${error.class})`, todo)];
  }
}
