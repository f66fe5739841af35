import { type IRouter, Router } from 'express';
import type { FindAccounts } from '../domain/account.ts';
import type { Observer } from '../domain/observer.ts';
import { viewsFolder } from '../domain/package-files.ts';
import type { FindAddresses } from '../helpscout/mailbox-api.ts';
import type { SecretKeys } from '../helpscout/secret-keys.ts';
import { createLog, type Log, sampled } from '../server/log.ts';
import { createToSidebar, type ToSidebar } from '../sidebar/sidebar.ts';
import { compileViews, type RenderSidebar } from '../sidebar/views.ts';
import { createAnswers } from './answers.ts';
import { createFaultOf } from './authenticate.ts';
import { onUnreadable } from './body.ts';
import { legacyDoor } from './legacy.ts';
import { type Frame, helpScout, platformDoor } from './platform.ts';
import { searchDoor } from './search.ts';
import { allowOnly } from './send.ts';

/** Only the first two must be there. docs/mount.md shows how to mount the sidebar in an app. */
export type CreateSidebarOptions = {
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
  /** Without one, entries are lines of JSON on the standard output. */
  log?: Log;
  now?: () => Date;
  /** Whether there is so much to do that a lookup would only add to it. */
  isOverloaded?: () => boolean;
  /** Is told what became of each request, for metrics of your own. */
  observer?: Observer | undefined;
};

/** The key is all that protects the accounts; Node takes an empty one without a word. */
const shortestSecretKey = 20;

/**
 * The sidebar at `/helpscout`, for Help Scout's legacy and platform apps and for FreeScout, as an
 * Express router. It must come before any body parser: the signature is over the bytes as sent.
 */
export function createSidebar(options: CreateSidebarOptions): Router {
  return createFramedSidebar(options, helpScout);
}

/** The same for a frame on another page than Help Scout's, which nobody but the preview has. */
export function createFramedSidebar(options: CreateSidebarOptions, frame: Frame): Router {
  // Help Scout does not follow redirects, so there is one spelling of each path.
  const router = Router({ strict: true, caseSensitive: true });
  addDoors(router, options, frame);
  return router;
}

/** Adds the doors to a router, or to an app, which is spared the way through another router. */
export function addDoors(router: IRouter, options: CreateSidebarOptions, frame: Frame): void {
  const { secretKey, previous = null, findsByCustomerId = false, findAddresses = null } = options;
  const { locale = 'en-GB', stripeDashboardUrl = 'https://dashboard.stripe.com' } = options;
  if (typeof secretKey !== 'string' || secretKey.length < shortestSecretKey)
    throw new TypeError(`createSidebar needs a secretKey of ${shortestSecretKey} to 40 characters`);
  const toSidebar = options.toSidebar ?? createToSidebar({ locale, stripeDashboardUrl });
  const render = options.render ?? compileViews(options.viewsDir ?? viewsFolder, toSidebar);
  const { findAccounts, log = createLog(), now = () => new Date() } = options;
  const { isOverloaded = () => false, observer } = options;

  const secretKeys = { secretKey, previous };
  const warn = sampled(log, now, observer);
  const faultOf = createFaultOf(secretKeys, now, warn, observer);
  const words = { toSidebar, render };
  const told = { log, observer };
  const answers = createAnswers({ findAccounts, isOverloaded, now, ...words, ...told });
  const doors = { secretKey, secretKeys, findsByCustomerId, findAddresses, frame };
  const surroundings = { ...doors, answers, faultOf, now, warn };

  router.post('/helpscout', legacyDoor(surroundings));
  router.get('/helpscout', platformDoor(surroundings));
  router.all('/helpscout', allowOnly('GET, HEAD, POST'));
  router.post('/helpscout/search', searchDoor(surroundings));
  router.all('/helpscout/search', allowOnly('POST'));
  router.use(onUnreadable(warn));
}
