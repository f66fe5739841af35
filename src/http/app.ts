import type { Express } from 'express';
import express from 'express';
import type { FindAccounts } from '../domain/account.ts';
import { type Log, sampled } from '../domain/log.ts';
import type { Observer } from '../domain/observer.ts';
import type { FindAddresses } from '../helpscout/mailbox-api.ts';
import type { SecretKeys } from '../helpscout/secret-keys.ts';
import type { ToSidebar } from '../sidebar/sidebar.ts';
import type { RenderSidebar } from '../sidebar/views.ts';
import { onUnreadable } from './body.ts';
import { addEndpoints } from './create-sidebar.ts';
import { helpScout } from './platform.ts';
import { allowOnly, send } from './send.ts';

export type Dependencies = {
  secretKeys: SecretKeys;
  findAccounts: FindAccounts;
  /** Whether accounts are found by the customer's id in Help Scout, too. */
  findsByCustomerId?: boolean;
  /** Null without credentials for Help Scout's Mailbox API. */
  findAddresses?: FindAddresses | null;
  toSidebar: ToSidebar;
  render: RenderSidebar;
  now: () => Date;
  log: Log;
  /** Whether the server is about to stop: answers still come, but /readyz sends whoever asks elsewhere. */
  isDraining: () => boolean;
  /** Whether there is so much to do that a lookup would only add to it. */
  isOverloaded: () => boolean;
  /** Where what happens is counted. */
  observer?: Observer | undefined;
};

/** The server as a function of its surroundings: it does not listen and reads no environment. */
export function createApp(dependencies: Dependencies): Express {
  const { secretKeys, isDraining, log, now, observer } = dependencies;
  const warn = sampled(log, now, observer);

  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  // Help Scout does not follow redirects, and the query string is not parsed, but verified.
  app.enable('strict routing');
  app.enable('case sensitive routing');
  app.set('query parser', false);

  addEndpoints(app, { ...dependencies, ...secretKeys }, helpScout);
  app.get('/healthz', (_req, res) => send(res, 200, { status: 'ok' }));
  app.all('/healthz', allowOnly('GET, HEAD'));
  // A database that is away does not show here: without it we still give an agent a sentence, and
  // a balancer that took every server out at once would leave them nothing.
  app.get('/readyz', (_req, res) =>
    isDraining() ? send(res, 503, { status: 'stopping' }) : send(res, 200, { status: 'ok' }),
  );
  app.all('/readyz', allowOnly('GET, HEAD'));
  app.use((_req, res) => {
    warn({ event: 'rejected', class: '404' });
    send(res, 404, { error: 'not found' });
  });
  app.use(onUnreadable(warn));
  return app;
}
