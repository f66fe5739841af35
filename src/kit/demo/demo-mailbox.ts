import pg from 'pg';
import type { MailboxOptions } from '../../helpscout/mailbox-api.ts';
import {
  type MailboxStandIn,
  standInCredentials,
  startMailboxStandIn,
} from './mailbox-stand-in.ts';

export type DemoMailbox = { options: MailboxOptions; close: MailboxStandIn['close'] };

/** A Mailbox API in which the demo's people are customers 1, 2, 3, … */
export async function openDemoMailbox(databaseUrl: string): Promise<DemoMailbox> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  const { rows } = await client.query('select email from users order by id');
  await client.end();
  const people = rows.map(({ email }, i) => [String(i + 1), [String(email)]] as const);
  const { url, close } = await startMailboxStandIn(new Map(people));
  return { options: { ...standInCredentials, baseUrl: url }, close };
}
