import { columnsLike } from './catalogue.ts';
import type { Best } from './gather.ts';
import { refTo } from './readings.ts';
import { isTextual } from './relations.ts';
import { literal, type Sql, sql } from './sql.ts';
import * as called from './vocabulary.ts';

/** The one that runs, and then the newest. */
export const bestSubscription: Best = ({ table, alias }) => {
  const [status] = columnsLike(table, ...called.status);
  const [newest] = columnsLike(table, ...called.createdAt, ...called.expiresAt);
  const words =
    status?.words.filter((word) => /^(active|trialing|trial|past_due)$/i.test(word)) ?? [];
  const order: Sql[] = [];
  if (status && words.length > 0)
    order.push(sql`${refTo(alias, status)} in (${words.map(literal).join(', ')}) desc`);
  else if (status && isTextual(status.type))
    order.push(sql`lower(${refTo(alias, status)}) in ('active', 'trialing', 'past_due') desc`);
  if (newest) order.push(sql`${refTo(alias, newest)} desc nulls last`);
  return order;
};

/** The default one, and then the newest. */
export const bestCustomer: Best = ({ table, alias }) => {
  const [isDefault] = columnsLike(table, /^(is)?(default|primary)$/).filter(
    ({ type }) => type === 'bool',
  );
  const [newest] = columnsLike(table, ...called.createdAt);
  const order: Sql[] = [];
  if (isDefault) order.push(sql`${refTo(alias, isDefault)} desc nulls last`);
  if (newest) order.push(sql`${refTo(alias, newest)} desc nulls last`);
  return order;
};
