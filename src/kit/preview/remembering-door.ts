import type { RequestHandler } from 'express';
import { type FindAccounts, LookupError } from '../../domain/account.ts';
import type { CreateSidebarOptions } from '../../http/create-sidebar.ts';
import type { Column } from '../../postgres/columns.ts';
import { inventFullest } from './invented.ts';

const minutesBetween = 3;

/** Doors whose database is away, and the same doors some minutes before, when it answered. */
export type RememberingDoors = { now: RequestHandler; before: RequestHandler };

export function createRememberingDoors(
  columns: () => readonly Column[],
  presentTime: () => Date,
  createDoors: (options: Pick<CreateSidebarOptions, 'findAccounts' | 'now'>) => RequestHandler,
): RememberingDoors {
  let askedBefore = 0;
  const now = () => {
    const time = presentTime();
    return askedBefore > 0 ? new Date(time.getTime() - minutesBetween * 60_000) : time;
  };
  const findAccounts: FindAccounts = async ([email = '']) => {
    if (askedBefore === 0) throw new LookupError('unreachable', 'ECONNREFUSED', {});
    return [{ ...inventFullest(columns(), now()), email }];
  };
  const doors = createDoors({ findAccounts, now });
  return {
    now: doors,
    before: (req, res, next) => {
      askedBefore++;
      res.once('close', () => askedBefore--);
      doors(req, res, next);
    },
  };
}
