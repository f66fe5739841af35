import { type IRouter, Router } from 'express';
import type { FindAccounts } from '../domain/account.ts';
import { type ContextKey, sharedContextKeys } from '../domain/context.ts';
import { type Log, sampled, type Warn } from '../domain/log.ts';
import type { Observer } from '../domain/observer.ts';
import { viewsFolder } from '../domain/package-files.ts';
import type { FindAddresses } from '../helpscout/mailbox-api.ts';
import type { SecretKeys } from '../helpscout/signature.ts';
import { createToSidebar, type ToSidebar } from '../sidebar/sidebar.ts';
import { compileViews, type RenderSidebar } from '../sidebar/views.ts';
import { type Authenticate, createAuthenticate } from './authenticate.ts';
import { createLegacyHandler } from './legacy.ts';
import { createPlatformHandler, type Frame, helpScout } from './platform.ts';
import { allowOnly, onUnreadable } from './read-and-send.ts';
import { createResponder, type Responder } from './responder.ts';
import { createSearchHandler } from './search.ts';

export type SidebarOptions = {
  /** The Secret Key of the app in Help Scout, 20 to 40 characters. */
  secretKey: string;
  /** Looks accounts up, in a database, an API or a file. */
  findAccounts: FindAccounts;
  /** The previous Secret Key, and until when it is accepted. */
  previous?: SecretKeys['previous'];
  /** Whether `findAccounts` finds anybody by its second argument alone. */
  findsByCustomerId?: boolean;
  /** What `findAccounts` uses of its fourth argument: it is given that, and equal lookups share it. */
  contextKeys?: readonly ContextKey[];
  /** For a platform app: which addresses a customer has: `createMailboxApi(…)`. */
  findAddresses?: FindAddresses | null;
  /** A language tag for dates and numbers. */
  locale?: string;
  /** Where Stripe ids lead, without a slash at the end. */
  stripeDashboardUrl?: string;
  /** The folder of views of your own. */
  viewsDir?: string;
  /** Accounts in words, in place of our own. */
  toSidebar?: ToSidebar;
  /** Words in html, in place of the views. */
  render?: RenderSidebar;
  log: Log;
  now?: () => Date;
  /** Whether there is too much to do for another lookup. */
  isOverloaded?: () => boolean;
  /** For metrics of your own. */
  observer?: Observer | undefined;
};

/** The key is all that protects the accounts, and Node accepts an empty one. */
const minSecretKeyLength = 20;

/** What the handlers of the endpoints need. */
export type HandlerOptions = {
  secretKeys: SecretKeys;
  /** Whether `findAccounts` finds anybody by the customer's id in Help Scout. */
  findsByCustomerId: boolean;
  contextKeys: readonly ContextKey[];
  findAddresses: FindAddresses | null;
  frame: Frame;
  responder: Responder;
  authenticate: Authenticate;
  now: () => Date;
  warn: Warn;
};

/** The sidebar at `/helpscout` as an Express router, for a frame on that page. */
export function createSidebarRouter(options: SidebarOptions, frame: Frame = helpScout): Router {
  // Help Scout does not follow redirects, so a path is answered as it is spelt, or not at all.
  const router = Router({ strict: true, caseSensitive: true });
  addEndpoints(router, options, frame);
  return router;
}

/** Adds the endpoints to a router, or to an app: that saves a request one router. */
export function addEndpoints(router: IRouter, options: SidebarOptions, frame: Frame): void {
  const { secretKey, previous = null, findsByCustomerId = false, findAddresses = null } = options;
  const { locale = 'en-GB', stripeDashboardUrl = 'https://dashboard.stripe.com' } = options;
  if (typeof secretKey !== 'string' || secretKey.length < minSecretKeyLength)
    throw new TypeError(
      `createSidebar needs a secretKey of ${minSecretKeyLength} to 40 characters`,
    );
  const toSidebar = options.toSidebar ?? createToSidebar({ locale, stripeDashboardUrl });
  const render = options.render ?? compileViews(options.viewsDir ?? viewsFolder, toSidebar);
  const { findAccounts, log, now = () => new Date() } = options;
  const { isOverloaded = () => false, observer, contextKeys = sharedContextKeys } = options;

  const secretKeys = { secretKey, previous };
  const warn = sampled(log, now, observer);
  const authenticate = createAuthenticate(secretKeys, now, warn, observer);
  const shown = { toSidebar, render };
  const lookup = { findAccounts, contextKeys, isOverloaded };
  const responder = createResponder({ ...lookup, now, log, warn, observer, ...shown });
  const protocol = { secretKeys, findsByCustomerId, contextKeys, findAddresses, frame };
  const handlerOptions = { ...protocol, responder, authenticate, now, warn };

  const callbackPaths = ['/helpscout', '/helpscout/'];
  router.post(callbackPaths, createLegacyHandler(handlerOptions));
  router.get(callbackPaths, createPlatformHandler(handlerOptions));
  router.all(callbackPaths, allowOnly('GET, HEAD, POST'));
  router.post('/helpscout/search', createSearchHandler(handlerOptions));
  router.all('/helpscout/search', allowOnly('POST'));
  router.use(onUnreadable(warn));
}
