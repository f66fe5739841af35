import { whyUnreachable } from '../../domain/failures.ts';
import type { Log } from '../../domain/log.ts';
import type { AccountQuery } from '../../postgres/contract.ts';
import { failureClass } from '../../postgres/failure-code.ts';
import { isFromTheDatabase, openPlainSession } from './plain-session.ts';
import { checkPlan, planOf } from './plan.ts';
import { checkWrites, rightsOf } from './role-rights.ts';

/** No such domain can exist: https://www.rfc-editor.org/rfc/rfc2606#section-2 */
const unknownEmail = 'nobody@helpscout-sidebar.invalid';

/** Logs what the doctor would find: a role that can write, a large table without an index. */
export async function warnOfDatabase(databaseUrl: string, query: AccountQuery, log: Log) {
  try {
    const client = await openPlainSession(databaseUrl);
    try {
      const findings = [checkWrites(await rightsOf(client))];
      const plan = await planOf(client, query.sql, unknownEmail);
      findings.push(...(await checkPlan(client, query, plan, unknownEmail)));
      for (const { check, says, todo } of findings.filter(({ state }) => state === 'wrong'))
        log.error({ event: 'doctor', class: check, says, todo });
    } finally {
      await client.end();
    }
  } catch (error) {
    const failure = failureClass(error);
    const why = isFromTheDatabase(error) ? whyUnreachable(failure) : {};
    log.warn({ event: 'doctor', class: failure, ...why });
  }
}
