/** What the package offers to an Express app that mounts the sidebar. */

import type { Router } from 'express';
import type { Log } from './domain/log.ts';
import { createSidebarRouter, type SidebarOptions } from './http/create-sidebar.ts';
import { createLog, withKnownFields } from './server/log.ts';

/** Only `secretKey` and `findAccounts` are required. docs/mount.md shows how to mount the sidebar. */
export type CreateSidebarOptions = Omit<SidebarOptions, 'log'> & {
  /** Your app's logger: pino's, or anything with these methods. By default, JSON on standard output. */
  log?: Log;
};

/**
 * The sidebar at `/helpscout`, for Help Scout's legacy and platform apps and for FreeScout, as an
 * Express router. It must come before any body parser: the signature is over the bytes as sent.
 */
export function createSidebar(options: CreateSidebarOptions): Router {
  const log = options.log ? withKnownFields(options.log) : createLog();
  return createSidebarRouter({ ...options, log });
}

export {
  type Account,
  type FindAccounts,
  LookupError,
  type Moment,
  type Notice,
  type OtherFact,
  toAccount,
} from './domain/account.ts';
export type { Context, ContextKey } from './domain/context.ts';
export type { Deadline } from './domain/deadline.ts';
export type { Log, LogEntry } from './domain/log.ts';
export type { Endpoint, Observer, Outcome, Refusal, Warning } from './domain/observer.ts';
export {
  createMailboxApi,
  type FindAddresses,
  type MailboxCall,
  MailboxError,
  type MailboxOptions,
} from './helpscout/mailbox-api.ts';
export type { Sidebar, ToSidebar } from './sidebar/sidebar.ts';
export type { HelpDesk, RenderSidebar } from './sidebar/views.ts';
