import type { Express } from 'express';
import express from 'express';
import { sampled } from '../domain/log.ts';
import type { SecretKeys } from '../helpscout/signature.ts';
import { addEndpoints, type SidebarOptions } from './create-sidebar.ts';
import { helpScout } from './platform.ts';
import { allowOnly, onUnreadable, send } from './read-and-send.ts';

type Needed = 'findAccounts' | 'toSidebar' | 'render' | 'now' | 'log' | 'isOverloaded';

export type Dependencies = Required<Pick<SidebarOptions, Needed>> &
  Pick<SidebarOptions, 'findsByCustomerId' | 'contextKeys' | 'findAddresses' | 'observer'> & {
    secretKeys: SecretKeys;
    /** Whether the server is about to stop: it still answers, but is not ready for more. */
    isDraining: () => boolean;
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
  // Does not depend on the database: else a load balancer would remove every server at once, and
  // agents would get no message.
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
