import type { IncomingMessage, RequestListener } from 'node:http';
import { join } from 'node:path';
import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import express from 'express';
import { createApp, type Dependencies } from '../app.ts';
import type { Config } from '../config.ts';
import { previewFolder } from '../paths.ts';
import { curlCommand } from '../tools/curl.ts';
import { htmlIn, post } from '../tools/post.ts';
import { createAudience } from './audience.ts';
import { createFailures } from './failures.ts';
import { gallery, type State } from './gallery.ts';
import { refuseForeign } from './guard.ts';
import { openLive } from './live.ts';
import { readQuestion } from './question.ts';
import { createRememberingDoor } from './remembering-door.ts';
import { createServerTiming } from './server-timing.ts';

export type Preview = {
  /** The server with the preview at /preview. */
  handler: RequestListener;
  close: () => Promise<void>;
};

/**
 * The server, with a page at /preview that shows its sidebars as an agent would see them. It asks
 * with signed requests through the same door as Help Scout, and serves views and query as they
 * were last saved. For development on one's own machine: it shows customers without a signature.
 */
export async function openPreview(
  config: Config,
  served: Dependencies,
  databaseUrl: string,
): Promise<Preview> {
  const audience = createAudience();
  const failures = createFailures(served.log);
  const live = await openLive(config, served, databaseUrl, audience.tell);
  const dependencies: Dependencies = {
    ...served,
    findAccounts: live.findAccounts,
    render: live.render,
    log: failures.log,
    lap: createServerTiming(),
  };
  const states = () => gallery(live.columns(), config.databaseUrl === null, served.now());
  const stateOf = (id: unknown) =>
    states()
      .flatMap((group) => group.states)
      .find((state) => state.id === id);

  /** A door like Help Scout's in a house where something stands in for the database. */
  const remembering = createRememberingDoor(dependencies, live.columns);
  const invented: RequestHandler = (req, res, next) => {
    const state = stateOf(req.params['state']);
    if (state?.wasAsked) remembering(req, res, next);
    else if (state?.findAccounts)
      createApp({ ...dependencies, findAccounts: state.findAccounts })(req, res, next);
    else next();
  };

  /** Signs a request and sends it to the door from outside, as Help Scout does. */
  const ask: RequestHandler = async (req, res) => {
    const question = readQuestion(req.body, stateOf);
    if (question === null) return send(res, 400, { error: 'ask for a state or for addresses' });
    const url = new URL(`${question.door}/helpscout`, `http://${req.headers.host}`);
    const reachable = new URL(url.pathname, ownAddress(req));
    const { secretKey } = config.secretKeys;
    if (question.wasAsked) await post(reachable, question.body, secretKey);
    const posted = await post(reachable, question.body, secretKey);
    const html = htmlIn(posted.text);
    send(res, 200, {
      ...posted,
      html,
      url: url.href,
      request: question.body,
      curl: curlCommand(url.href, question.body, posted.signature),
      failure: html === null ? null : failures.find(html),
    });
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
  app.use('/preview/invented/:state', invented);
  app.use((_req, res) => send(res, 404, { error: 'not found' }));
  app.use(onError);

  const preview = refuseForeign(app);
  const helpScout = createApp(dependencies);
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
