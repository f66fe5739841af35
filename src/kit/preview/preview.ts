import type { IncomingMessage, RequestListener } from 'node:http';
import { join } from 'node:path';
import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import express from 'express';
import { previewFolder } from '../../domain/package-files.ts';
import { sign } from '../../helpscout/signature.ts';
import { createApp, type Dependencies } from '../../http/app.ts';
import { createSidebarRouter } from '../../http/create-sidebar.ts';
import type { Frame } from '../../http/platform.ts';
import { curlCommand, curlCommandToLoad } from '../curl.ts';
import { get, htmlIn, post } from '../http-client.ts';
import { createFailures } from './failures.ts';
import { customerState, customerStateOf, gallery, type State } from './gallery.ts';
import { refuseForeign } from './guard.ts';
import { type LiveOptions, openLive } from './live.ts';
import { createOpenPages } from './open-pages.ts';
import { createStaleDatabase } from './stale-database.ts';

export type PreviewOptions = LiveOptions & {
  /** Signs the preview's requests, as Help Scout would. */
  secretKey: string;
  /** Whether the gallery shows the demo's people. */
  isDemo: boolean;
};

/**
 * The server, with a page at /preview that shows its sidebars as agents see them in both kinds of
 * app. The preview calls the same signed endpoint as Help Scout, with the views and the query as
 * last saved. It is for development on one's own machine: it shows customers without a signature.
 */
export async function openPreview(options: PreviewOptions, initial: Dependencies) {
  const { secretKey, isDemo } = options;
  const openPages = createOpenPages();
  const failures = createFailures(initial.log);
  const live = await openLive(options, { ...initial, log: failures.log });
  const staleDatabase = createStaleDatabase(live.columns, initial.now);
  let server = createApp(live.dependencies());
  let staleEndpoints: RequestHandler | null = null;
  live.watch(() => {
    server = createApp(live.dependencies());
    staleEndpoints = null;
    openPages.broadcast();
  });

  const groups = () => {
    const { findsByCustomerId = false, now } = live.dependencies();
    return gallery(live.columns(), findsByCustomerId, isDemo, now());
  };
  const stateOf = (id: unknown): State | undefined => {
    const states = groups().flatMap(({ states }) => states);
    return states.find((state) => state.id === id) ?? customerStateOf(String(id));
  };

  /** The server's endpoints, with the replacements of this state. */
  function endpointsOf(state: State): RequestHandler {
    const { secretKeys, ...dependencies } = live.dependencies();
    const replaced = { ...state.replaced, ...(state.isStale && staleDatabase) };
    // Metrics count no invented lookups.
    const own = { ...dependencies, ...secretKeys, observer: undefined };
    return createSidebarRouter({ ...own, ...replaced }, previewFrame);
  }

  const endpoints: RequestHandler = (req, res, next) => {
    const state = stateOf(req.params['state']);
    if (state === undefined) return next();
    // The cached answer lives in these endpoints.
    if (state.isStale) staleEndpoints ??= endpointsOf(state);
    const handler = (state.isStale && staleEndpoints) || endpointsOf(state);
    handler(req, res, next);
  };

  /** Sends requests over HTTP, as Help Scout does for both kinds of app. */
  const lookUp: RequestHandler = async (req, res) => {
    const state = customerState(req.body) ?? stateOf(req.body?.state);
    if (state === undefined)
      return send(res, 400, { error: 'send a state, e-mail addresses or a customer ID' });
    const { body, replaced, isStale } = state;
    const path = `/preview/endpoints/${state.id}/helpscout`;
    const toUrl = (path: string) => new URL(path, ownOrigin(req));
    if (isStale && body !== null)
      await staleDatabase.whileUp(() => post(toUrl(path), body, sign(secretKey, body)));
    send(res, 200, {
      state: summaryOf(state),
      // The server's own endpoint, unless the database is replaced.
      legacy: body && (await postLegacy(body, replaced.findAccounts ? path : '/helpscout')),
      platform: await getPage([path, state.query(secretKey)].filter(Boolean).join('?')),
    });

    async function postLegacy(body: string, path: string) {
      const signature = sign(secretKey, body);
      const response = await post(toUrl(path), body, signature);
      const html = htmlIn(response.text);
      const url = `http://${req.headers.host}${path}`;
      const curl = curlCommand(url, body, signature);
      const failure = html === null ? null : failures.find(html);
      return { ...response, signature, html, url, request: body, curl, failure };
    }

    async function getPage(path: string) {
      const response = await get(toUrl(path));
      const curl = curlCommandToLoad(`http://${req.headers.host}${path}`);
      return { ...response, path, curl, failure: failures.find(response.text) };
    }
  };

  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.use(protect);
  const serveFile = (path: string, file: string) =>
    app.get(path, (_req, res) => res.sendFile(join(previewFolder, file), { cacheControl: false }));
  serveFile('/preview', 'index.html');
  for (const file of pageFiles) serveFile(`/preview/${file}`, file);
  app.get('/preview/gallery', (_req, res) =>
    send(res, 200, {
      groups: groups().map(({ title, states }) => ({ title, states: states.map(summaryOf) })),
      problems: live.problems(),
    }),
  );
  app.get('/preview/events', (_req, res) => openPages.add(res));
  app.post('/preview/lookup', requireOrigin, express.json({ limit: '8kb' }), lookUp);
  app.use('/preview/endpoints/:state', endpoints);
  app.use((_req, res) => send(res, 404, { error: 'not found' }));
  app.use(onError);

  const preview = refuseForeign(app);
  return {
    /** The server with the preview at /preview. */
    handler: ((req, res) =>
      isForPreview(req) ? preview(req, res) : server(req, res)) as RequestListener,
    async close() {
      openPages.close();
      live.close();
    },
  };
}

const pageFiles = ['page.css', 'page.js', 'sidebar.js', 'sidebar.css', 'icon.svg'];

const isForPreview = ({ url }: IncomingMessage) => /^\/preview(?:[/?]|$)/.test(url ?? '');

/** Only the preview's own page may frame a platform app's page. */
const previewFrame: Frame = { ancestors: "'self'", origin: '/' };

/** What the page shows of a state. */
const summaryOf = ({ id, title, note, emails }: State) => ({ id, title, note, emails });

/** The origin that this request was sent to, whatever its Host says. */
function ownOrigin({ socket }: IncomingMessage): string {
  const { localAddress = '127.0.0.1', localPort } = socket;
  return `http://${localAddress.includes(':') ? `[${localAddress}]` : localAddress}:${localPort}`;
}

/** Only our own scripts run, and nothing leaves the machine, whatever a view or a value contains. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
  "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const protect: RequestHandler = (_req, res, next) => {
  res.set({
    'Content-Security-Policy': policy,
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
  });
  next();
};

/** Browsers send the origin with every POST of a page: without it, the sender is not our page. */
const requireOrigin: RequestHandler = (req, res, next) => {
  if (req.headers.origin === undefined)
    send(res, 403, { error: 'only the page itself may look customers up' });
  else next();
};

/** Replaces body-parser's messages, which may quote the body. */
const onError: ErrorRequestHandler = (error, _req, res, _next) => {
  if (res.headersSent) return;
  const status = error?.status >= 400 && error?.status < 500 ? error.status : 500;
  send(res, status, { error: status === 500 ? 'the preview failed' : 'bad request' });
};

function send(res: Response, status: number, answer: object): void {
  res.status(status).json(answer);
}
