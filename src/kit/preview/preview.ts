import type { IncomingMessage, RequestListener } from 'node:http';
import { join } from 'node:path';
import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import express from 'express';
import { previewFolder } from '../../domain/package-files.ts';
import { sign } from '../../helpscout/signature.ts';
import { createApp, type Dependencies } from '../../http/app.ts';
import { createSidebarRouter, type SidebarOptions } from '../../http/create-sidebar.ts';
import type { Frame } from '../../http/platform.ts';
import { curlCommand, curlCommandToLoad } from '../curl.ts';
import { get, htmlIn, post } from '../http-client.ts';
import { createAudience } from './audience.ts';
import { createFailures } from './failures.ts';
import { askedState, gallery, type State } from './gallery.ts';
import { refuseForeign } from './guard.ts';
import { type Files, openLive } from './live.ts';
import { readQuestion } from './question.ts';
import { createStaleEndpoints } from './stale-endpoint.ts';

export type PreviewOptions = Files & {
  databaseUrl: string;
  /** The preview signs its requests with it, as Help Scout would. */
  secretKey: string;
  /** Whether the demo's people are there to be shown. */
  isDemo: boolean;
};

export type Preview = {
  /** The server with the preview at /preview. */
  handler: RequestListener;
  close: () => Promise<void>;
};

/**
 * The server, with a page at /preview that shows its sidebars as an agent would see them in either
 * kind of app. It asks with signed requests through the same doors as Help Scout, and serves views and query as they
 * were last saved. For development on one's own machine: it shows customers without a signature.
 */
export async function openPreview(options: PreviewOptions, served: Dependencies): Promise<Preview> {
  const { databaseUrl, secretKey, isDemo } = options;
  const audience = createAudience();
  const failures = createFailures(served.log);
  let follow = () => {};
  const live = await openLive(options, served, databaseUrl, () => {
    follow();
    audience.tell();
  });
  const dependencies: Dependencies = {
    ...served,
    findAccounts: live.findAccounts,
    render: live.render,
    log: failures.log,
  };
  const createHelpScout = () =>
    createApp({ ...dependencies, findsByCustomerId: live.findsByCustomerId() });
  let findsByCustomerId = live.findsByCustomerId();
  let helpScout = createHelpScout();
  follow = () => {
    if (live.findsByCustomerId() === findsByCustomerId) return;
    findsByCustomerId = live.findsByCustomerId();
    helpScout = createHelpScout();
  };

  const states = () => gallery(live.columns(), live.findsByCustomerId(), isDemo, served.now());
  const stateOf = (id: unknown) =>
    states()
      .flatMap((group) => group.states)
      .find((state) => state.id === id) ?? (typeof id === 'string' ? askedState(id) : undefined);

  /** Doors like Help Scout's in a house where something stands in for the database, or for the API. */
  function doorsOf(state: State, changes: Partial<SidebarOptions> = {}): RequestHandler {
    return createSidebarRouter(
      {
        ...dependencies,
        ...dependencies.secretKeys,
        // What is invented is not counted.
        observer: undefined,
        findAccounts: state.findAccounts ?? live.findAccounts,
        findsByCustomerId: state.findsByCustomerId ?? live.findsByCustomerId(),
        findAddresses:
          state.findAddresses === 'real' ? (served.findAddresses ?? null) : state.findAddresses,
        ...changes,
      },
      ownFrame,
    );
  }
  const stale = states()
    .flatMap((group) => group.states)
    .find(({ wasAsked }) => wasAsked) as State;
  const remembering = createStaleEndpoints(live.columns, served.now, (changes) =>
    doorsOf(stale, changes),
  );
  const endpoints: RequestHandler = (req, res, next) => {
    const state = stateOf(req.params['state']);
    if (state === undefined) next();
    else if (state.wasAsked) remembering.now(req, res, next);
    else doorsOf(state)(req, res, next);
  };

  /** Asks from outside, as Help Scout does, in both of its ways. */
  const ask: RequestHandler = async (req, res) => {
    const state = readQuestion(req.body, stateOf);
    if (state === undefined)
      return send(res, 400, { error: 'ask for a state, for addresses or for a customer’s number' });
    const at = (path: string) => new URL(path, ownAddress(req));
    const own = `/preview/doors/${state.id}`;
    if (state.wasAsked && state.body)
      await post(at(`${own}/before/helpscout`), state.body, sign(secretKey, state.body));
    send(res, 200, {
      state: shown(state),
      legacy: state.body && (await askAsLegacy(state.body)),
      platform: await askAsPlatform(
        [`${own}/helpscout`, state.query(secretKey)].filter(Boolean).join('?'),
      ),
    });

    /** By Help Scout's own door, unless something stands in for the database. */
    async function askAsLegacy(body: string) {
      const path = `${state?.findAccounts ? own : ''}/helpscout`;
      const signature = sign(secretKey, body);
      const posted = await post(at(path), body, signature);
      const html = htmlIn(posted.text);
      const url = `http://${req.headers.host}${path}`;
      return {
        ...posted,
        signature,
        html,
        url,
        request: body,
        curl: curlCommand(url, body, signature),
        failure: html === null ? null : failures.find(html),
      };
    }

    async function askAsPlatform(path: string) {
      const loaded = await get(at(path));
      const url = `http://${req.headers.host}${path}`;
      return { ...loaded, path, curl: curlCommandToLoad(url), failure: failures.find(loaded.text) };
    }
  };

  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.use(protect);
  for (const [path, file] of pages)
    app.get(path, (_req, res) => res.sendFile(join(previewFolder, file), { cacheControl: false }));
  app.get('/preview/gallery', (_req, res) =>
    send(res, 200, {
      groups: states().map(({ title, states }) => ({ title, states: states.map(shown) })),
      problems: live.problems(),
    }),
  );
  app.get('/preview/events', (_req, res) => audience.admit(res));
  app.post('/preview/ask', requireOrigin, express.json({ limit: '8kb' }), ask);
  app.use('/preview/doors/:state/before', (req, res, next) =>
    stateOf(req.params['state'])?.wasAsked ? remembering.before(req, res, next) : next(),
  );
  app.use('/preview/doors/:state', endpoints);
  app.use((_req, res) => send(res, 404, { error: 'not found' }));
  app.use(onError);

  const preview = refuseForeign(app);
  return {
    handler: (req, res) => (isOurs(req) ? preview(req, res) : helpScout(req, res)),
    async close() {
      audience.dismiss();
      live.close();
    },
  };
}

const pages = [
  ['/preview', 'index.html'],
  ['/preview/page.css', 'page.css'],
  ['/preview/page.js', 'page.js'],
  ['/preview/sidebar.js', 'sidebar.js'],
  ['/preview/sidebar.css', 'sidebar.css'],
  ['/preview/icon.svg', 'icon.svg'],
] as const;

const isOurs = ({ url }: IncomingMessage) => /^\/preview(?:[/?]|$)/.test(url ?? '');

/** The page that shows the frame stands next to what is in it, and nowhere else. */
const ownFrame: Frame = { ancestors: "'self'", origin: '/' };

/** What the page must know of a state. */
const shown = ({ id, title, note, emails }: State) => ({ id, title, note, emails });

/** Where this very request came in. */
function ownAddress({ socket }: IncomingMessage): string {
  const { localAddress = '127.0.0.1', localPort } = socket;
  return `http://${localAddress.includes(':') ? `[${localAddress}]` : localAddress}:${localPort}`;
}

/** Whatever a view or a value brings along: no script but ours runs, and nothing leaves the machine. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "frame-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

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

/** Every browser names the origin when a page posts; who keeps it to himself is no page of ours. */
const requireOrigin: RequestHandler = (req, res, next) => {
  if (req.headers.origin === undefined) send(res, 403, { error: 'only the page itself may ask' });
  else next();
};

/** Body-parser's messages may quote the body, so none is passed on. */
const onError: ErrorRequestHandler = (error, _req, res, _next) => {
  if (res.headersSent) return;
  const status = error?.status >= 400 && error?.status < 500 ? error.status : 500;
  send(res, status, { error: status === 500 ? 'the preview failed' : 'bad request' });
};

function send(res: Response, status: number, answer: object): void {
  res.status(status).json(answer);
}
