import { type FindAccounts, LookupError } from '../../domain/account.ts';
import type { Column } from '../../postgres/columns.ts';
import { invent } from './invented.ts';

const ageMs = 3 * 60_000;

/** A database that is down, but answers three minutes earlier while `whileUp` works. */
export function createStaleDatabase(columns: () => readonly Column[], presentTime: () => Date) {
  let up = 0;
  const now = () => new Date(presentTime().getTime() - (up > 0 ? ageMs : 0));
  const findAccounts: FindAccounts = async ([email = '']) => {
    if (up === 0) throw new LookupError('unreachable', 'ECONNREFUSED', {});
    return [{ ...invent('fullest', columns(), now()), email }];
  };
  async function whileUp(work: () => Promise<unknown>): Promise<void> {
    up++;
    await work().finally(() => up--);
  }
  return { now, findAccounts, whileUp };
}
