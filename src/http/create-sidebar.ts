import { type IRouter, Router } from 'express';
import type { FindAccounts } from '../domain/account.ts';
import { type Log, sampled } from '../domain/log.ts';
import type { Observer } from '../domain/observer.ts';
import { viewsFolder } from '../domain/package-files.ts';
import type { FindAddresses } from '../helpscout/mailbox-api.ts';
import type { SecretKeys } from '../helpscout/secret-keys.ts';
import { createToSidebar, type ToSidebar } from '../sidebar/sidebar.ts';
import { compileViews, type RenderSidebar } from '../sidebar/views.ts';
import { createAnswers } from './answers.ts';
import { createAuthenticate } from './authenticate.ts';
import { onUnreadable } from './body.ts';
import { createLegacyHandler } from './legacy.ts';
import { createPlatformHandler, type Frame, helpScout } from './platform.ts';
import { createSearchHandler } from './search.ts';
import { allowOnly } from './send.ts';

export type SidebarOptions = {
  /** The Secret Key of the app in Help Scout, 20 to 40 characters. */
  secretKey: string;
  /** Whoever knows the accounts: a database, an API, a file. */
  findAccounts: FindAccounts;
  /** The Secret Key before, and until when it is good. */
  previous?: SecretKeys['previous'];
  /** Whether `findAccounts` finds anybody by its second argument alone. */
  findsByCustomerId?: boolean;
  /** Tells a platform app which addresses a customer has: `createMailboxApi(…)`. */
  findAddresses?: FindAddresses | null;
  /** A language tag for dates and numbers. */
  locale?: string;
  /** Where Stripe ids lead, without a slash at the end. */
  stripeDashboardUrl?: string;
  /** The folder of views of your own. */
  viewsDir?: string;
  /** Accounts in words, in place of this package's own. */
  toSidebar?: ToSidebar;
  /** Words in html, in place of the views. */
  render?: RenderSidebar;
  log: Log;
  now?: () => Date;
  /** Whether there is so much to do that a lookup would only add to it. */
  isOverloaded?: () => boolean;
  /** Is told what became of each request, for metrics of your own. */
  observer?: Observer | undefined;
};

/** The key is all that protects the accounts; Node takes an empty one without a word. */
const shortestSecretKey = 20;

/** The sidebar at `/helpscout` as an Express router, for a frame on that page. */
export function createSidebarRouter(options: SidebarOptions, frame: Frame = helpScout): Router {
  // Help Scout does not follow redirects, so there is one spelling of each path.
  const router = Router({ strict: true, caseSensitive: true });
  addEndpoints(router, options, frame);
  return router;
}

/** Adds the doors to a router, or to an app, which is spared the way through another router. */
export function addEndpoints(router: IRouter, options: SidebarOptions, frame: Frame): void {
  const { secretKey, previous = null, findsByCustomerId = false, findAddresses = null } = options;
  const { locale = 'en-GB', stripeDashboardUrl = 'https://dashboard.stripe.com' } = options;
  if (typeof secretKey !== 'string' || secretKey.length < shortestSecretKey)
    throw new TypeError(`createSidebar needs a secretKey of ${shortestSecretKey} to 40 characters`);
  const toSidebar = options.toSidebar ?? createToSidebar({ locale, stripeDashboardUrl });
  const render = options.render ?? compileViews(options.viewsDir ?? viewsFolder, toSidebar);
  const { findAccounts, log, now = () => new Date() } = options;
  const { isOverloaded = () => false, observer } = options;

  const secretKeys = { secretKey, previous };
  const warn = sampled(log, now, observer);
  const authenticate = createAuthenticate(secretKeys, now, warn, observer);
  const words = { toSidebar, render };
  const told = { log, observer };
  const answers = createAnswers({ findAccounts, isOverloaded, now, ...words, ...told });
  const endpoints = { secretKey, secretKeys, findsByCustomerId, findAddresses, frame };
  const surroundings = { ...endpoints, answers, authenticate, now, warn };

  router.post('/helpscout', createLegacyHandler(surroundings));
  router.get('/helpscout', createPlatformHandler(surroundings));
  router.all('/helpscout', allowOnly('GET, HEAD, POST'));
  router.post('/helpscout/search', createSearchHandler(surroundings));
  router.all('/helpscout/search', allowOnly('POST'));
  router.use(onUnreadable(warn));
}
