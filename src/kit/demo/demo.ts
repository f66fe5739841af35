import type { MailboxOptions } from '../../helpscout/mailbox-api.ts';
import { openDemoDatabase } from './demo-database.ts';
import { openDemoMailbox } from './demo-mailbox.ts';
import type { Say } from './embedded-postgres.ts';
import { leaveNote } from './running-demo.ts';

export type Demo = {
  /** The URL of the demo's database, for a role that may only read. */
  url: string;
  /** A stand-in for Help Scout's API, with the demo's people. */
  mailbox: MailboxOptions;
  /** Lets `ask` sign for the demo on that port, if its Secret Key was generated for this run. */
  leaveNote: (port: number) => Promise<void>;
  close: () => Promise<void>;
};

/** Starts the demo's Postgres and its Mailbox API, with dates relative to `now`. */
export async function openDemo(
  now: Date,
  say: Say,
  generatedKey: string | null = null,
): Promise<Demo> {
  const closes: (() => Promise<void>)[] = [];
  const database = await openDemoDatabase(now, say);
  closes.unshift(database.close);
  const mailbox = await openDemoMailbox(database.url);
  closes.unshift(mailbox.close);
  return {
    url: database.url,
    mailbox: mailbox.options,
    async leaveNote(port) {
      if (generatedKey !== null) closes.unshift(await leaveNote(port, generatedKey));
    },
    async close() {
      for (const close of closes.splice(0)) await close();
    },
  };
}
