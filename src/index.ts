/** What the package offers to an Express app that mounts the sidebar. */

export {
  type Account,
  type FindAccounts,
  LookupError,
  type Moment,
  type Notice,
  type OtherFact,
  toAccount,
} from './domain/account.ts';
export type { Door, Observer, Outcome, Refusal, Warning } from './domain/observer.ts';
export {
  createMailboxApi,
  type FindAddresses,
  type MailboxCall,
  MailboxError,
  type MailboxOptions,
} from './helpscout/mailbox-api.ts';
export { type CreateSidebarOptions, createSidebar } from './http/create-sidebar.ts';
export type { Log } from './server/log.ts';
export type { Sidebar, ToSidebar } from './sidebar/sidebar.ts';
export type { RenderSidebar } from './sidebar/views.ts';
