import { openDemoDatabase, rowsOf } from './demo-database.ts';
import type { Say } from './embedded-postgres.ts';
import { standInCredentials, startMailboxStandIn } from './mailbox-stand-in.ts';
import { leaveNote } from './running-demo.ts';

/** Starts the demo's Postgres and its Mailbox API, with dates relative to `now`. */
export async function openDemo(now: Date, say: Say, generatedKey: string | null = null) {
  const { url, close } = await openDemoDatabase(now, say);
  const people = await rowsOf(url, 'select email from users order by id');
  // They are customers 1, 2, 3, …
  const customers = people.map(({ email }, i) => [String(i + 1), [String(email)]] as const);
  const standIn = await startMailboxStandIn(new Map(customers));
  const closes = [standIn.close, close];
  return {
    url,
    mailbox: { ...standInCredentials, baseUrl: standIn.url },
    /** Lets `ask` sign for the demo on that port, if its Secret Key was generated for this run. */
    async leaveNote(port: number) {
      if (generatedKey !== null) closes.unshift(await leaveNote(port, generatedKey));
    },
    async close() {
      for (const close of closes.splice(0)) await close();
    },
  };
}
