import type { RequestHandler } from 'express';
import { type FindAccounts, LookupError } from '../account.ts';
import type { Column } from '../accounts/columns.ts';
import { createApp, type Dependencies } from '../app.ts';
import { inventFullest } from './invented.ts';

const minutesBetween = 3;

/** A door to be asked twice: its database answers at first, and is away some minutes later. */
export function createRememberingDoor(
  dependencies: Dependencies,
  columns: () => readonly Column[],
): RequestHandler {
  let isAway = true;
  const now = () => {
    const time = dependencies.now();
    return isAway ? time : new Date(time.getTime() - minutesBetween * 60_000);
  };
  const findAccounts: FindAccounts = async ([email = '']) => {
    if (isAway) throw new LookupError('unreachable', 'ECONNREFUSED', {});
    return [{ ...inventFullest(columns(), now()), email }];
  };
  const app = createApp({ ...dependencies, findAccounts, now });
  return (req, res, next) => {
    isAway = !isAway;
    app(req, res, next);
  };
}
