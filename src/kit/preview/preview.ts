import { join } from 'node:path';
import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import express from 'express';
import { previewFolder } from '../../domain/package-files.ts';
import { sign } from '../../helpscout/signature.ts';
import type { Dependencies } from '../../http/app.ts';
import { createSidebarRouter } from '../../http/create-sidebar.ts';
import { listen } from '../../http/listen.ts';
import type { Frame } from '../../http/platform.ts';
import { curlCommand, curlCommandToLoad } from '../curl.ts';
import { get, htmlIn, post } from '../http-client.ts';
import { customerState, customerStateOf, gallery, type State } from './gallery.ts';
import { refuseForeign } from './guard.ts';
import { type Live, type LiveOptions, openLive } from './live.ts';
import { createOpenPages, type OpenPages } from './open-pages.ts';
import { createStaleDatabase } from './stale-database.ts';

export type PreviewOptions = LiveOptions & {
  /** 0 takes a free one. */
  port: number;
  /** Signs the preview's requests, as Help Scout would. */
  secretKey: string;
  /** Whether the gallery shows the demo's people. */
  isDemo: boolean;
};

/**
 * A page at /preview that shows the sidebars as agents see them in both kinds of app, with the
 * views and the query as last saved. It is for development on one's own machine: it shows
 * customers without a signature. So no proxy or tunnel to the sidebar's port leads to it.
 */
export function createPreview(options: PreviewOptions) {
  const closes: (() => unknown)[] = [];
  let live: Live;
  return {
    /** The sidebar's app, which answers with the last valid versions. */
    async createApp(initial: Dependencies) {
      live = await openLive(options, initial);
      closes.unshift(live.close);
      return live.handler;
    },
    /** Opens the page for the sidebar at that origin, and gives its URL. */
    async open(sidebarOrigin: string): Promise<string> {
      const openPages = createOpenPages();
      const app = createPreviewApp(options, live, openPages, reachableAt(sidebarOrigin));
      const handler = refuseForeign(app);
      const settings = { port: 'PREVIEW_PORT', host: '127.0.0.1' };
      const server = await listen(handler, options.port, settings.host, { settings });
      closes.unshift(openPages.close, server.close);
      return `http://127.0.0.1:${server.port}/preview`;
    },
    async close() {
      for (const close of closes.splice(0)) await close();
    },
  };
}

/** A server that listens on every address is asked on loopback. */
const reachableAt = (origin: string) =>
  origin.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');

function createPreviewApp(
  { secretKey, isDemo }: PreviewOptions,
  live: Live,
  openPages: OpenPages,
  sidebarOrigin: string,
) {
  const staleDatabase = createStaleDatabase(live.columns, live.dependencies().now);
  let staleEndpoints: RequestHandler | null = null;
  live.watch(() => {
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
    const origin = `http://127.0.0.1:${req.socket.localPort}`;
    const path = `/preview/endpoints/${state.id}/helpscout`;
    const standIn = origin + path;
    if (isStale && body !== null)
      await staleDatabase.whileUp(() => post(new URL(standIn), body, sign(secretKey, body)));
    // The server's own endpoint, unless the database is replaced.
    const url = replaced.findAccounts ? standIn : `${sidebarOrigin}/helpscout`;
    send(res, 200, {
      state: summaryOf(state),
      legacy: body && (await postLegacy(body, url)),
      platform: await getPage(origin, [path, state.query(secretKey)].filter(Boolean).join('?')),
    });
  };

  async function postLegacy(body: string, url: string) {
    const signature = sign(secretKey, body);
    const response = await post(new URL(url), body, signature);
    const html = htmlIn(response.text);
    const curl = curlCommand(url, body, signature);
    const failure = html === null ? null : live.failureIn(html);
    return { ...response, signature, html, url, request: body, curl, failure };
  }

  async function getPage(origin: string, path: string) {
    const response = await get(new URL(origin + path));
    const curl = curlCommandToLoad(origin + path);
    return { ...response, path, curl, failure: live.failureIn(response.text) };
  }

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

  return app;
}

const pageFiles = ['page.css', 'page.js', 'sidebar.js', 'sidebar.css', 'icon.svg'];

/** Only the preview's own page may frame a platform app's page. */
const previewFrame: Frame = { ancestors: "'self'", origin: '/' };

/** What the page shows of a state. */
const summaryOf = ({ id, title, note, emails }: State) => ({ id, title, note, emails });

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
