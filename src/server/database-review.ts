import { whyUnreachable } from '../domain/failures.ts';
import type { Log } from '../domain/log.ts';
import type { AccountQuery } from '../postgres/contract.ts';
import { failureClass } from '../postgres/failure-code.ts';
import { isFromTheDatabase, openPlainSession } from '../postgres/plain-session.ts';
import { checkPlan } from '../postgres/plan.ts';
import { checkWrites, rightsOf } from '../postgres/role-rights.ts';

/** Nobody can have an address there: https://www.rfc-editor.org/rfc/rfc2606#section-2 */
const nobody = 'nobody@helpscout-sidebar.invalid';

/**
 * Warns the operator of what does not keep the server from answering, but will hurt: a role that
 * may write, a large table that is read from end to end. The doctor says what to do about each.
 */
export async function warnOfDatabase(
  databaseUrl: string,
  query: AccountQuery,
  log: Log,
): Promise<void> {
  try {
    const client = await openPlainSession(databaseUrl);
    try {
      const findings = [checkWrites(await rightsOf(client))];
      findings.push(...(await checkPlan(client, query, nobody)));
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
