import type { RequestHandler } from 'express';
import { type FindAccounts, LookupError } from '../../domain/account.ts';
import type { SidebarOptions } from '../../http/create-sidebar.ts';
import type { Column } from '../../postgres/columns.ts';
import { inventFullest } from './invented.ts';

const minutesBetween = 3;

/** Doors whose database is away, and the same doors some minutes before, when it answered. */
export type StaleEndpoints = { now: RequestHandler; before: RequestHandler };

export function createStaleEndpoints(
  columns: () => readonly Column[],
  presentTime: () => Date,
  createEndpoints: (options: Pick<SidebarOptions, 'findAccounts' | 'now'>) => RequestHandler,
): StaleEndpoints {
  let askedBefore = 0;
  const now = () => {
    const time = presentTime();
    return askedBefore > 0 ? new Date(time.getTime() - minutesBetween * 60_000) : time;
  };
  const findAccounts: FindAccounts = async ([email = '']) => {
    if (askedBefore === 0) throw new LookupError('unreachable', 'ECONNREFUSED', {});
    return [{ ...inventFullest(columns(), now()), email }];
  };
  const endpoints = createEndpoints({ findAccounts, now });
  return {
    now: endpoints,
    before: (req, res, next) => {
      askedBefore++;
      res.once('close', () => askedBefore--);
      endpoints(req, res, next);
    },
  };
}
