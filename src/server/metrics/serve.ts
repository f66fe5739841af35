import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Listening, listen } from '../../http/listen.ts';
import { createHistory } from './history.ts';
import { prefix } from './prefix.ts';
import { type Reading, readMetrics } from './reading.ts';
import { toStatus } from './status.ts';
import { compileStatusPage } from './status-page.ts';

export type MetricsServerOptions = {
  port: number;
  host: string;
  /** All metrics in Prometheus's text: of this process, or of several added up. */
  metricsText: () => Promise<string>;
  version: string;
  now: () => Date;
  /** How often the status page's history looks. */
  lookEveryMs?: number;
};

/** An hour in steps of ten seconds. */
const usualLookMs = 10_000;
const mostSteps = 360;

/** Prometheus's text format. https://prometheus.io/docs/instrumenting/exposition_formats/ */
const metricsType = 'text/plain; version=0.0.4; charset=utf-8';

/** Serves metrics at /metrics and the status page at /status, and nothing else. */
export async function serveMetrics(options: MetricsServerOptions): Promise<Listening> {
  const { port, host, metricsText, version, now, lookEveryMs = usualLookMs } = options;
  const startedAt = now();
  const history = createHistory(mostSteps);
  const page = compileStatusPage();
  let latest: Reading[] | null = null;

  /** One after the other, else what was read first might be taken for the later. */
  let isLooking = false;

  async function look(): Promise<void> {
    if (isLooking) return;
    isLooking = true;
    try {
      latest = readMetrics(await metricsText(), prefix);
      history.add(now(), latest);
    } catch {
      latest = null;
    }
    isLooking = false;
  }

  const answers: Record<string, () => Promise<Answer>> = {
    '/metrics': onceAtATime(async () => ({ type: metricsType, body: await metricsText() })),
    '/status': onceAtATime(async () => {
      // What is wrong is said of now, and not of the last step; the history keeps to its steps.
      latest = await metricsText().then(
        (text) => readMetrics(text, prefix),
        () => null,
      );
      const steps = history.steps();
      const html = page.render(toStatus({ latest, steps, now: now(), startedAt, version }));
      return { type: 'text/html; charset=utf-8', body: html, policy: page.policy };
    }),
  };
  const served = new WeakSet<Socket>();

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    // One answer a connection: hundreds of questions in one packet would keep agents waiting.
    if (served.has(req.socket)) return void req.socket.destroy();
    served.add(req.socket);
    const [path = ''] = (req.url ?? '').split('?');
    const found = answers[path];
    if (found === undefined && path !== '/') return send(req, res, 404, plain('not found'));
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      res.setHeader('Allow', 'GET, HEAD');
      return send(req, res, 405, plain('method not allowed'));
    }
    if (found === undefined) {
      res.setHeader('Location', 'status');
      return send(req, res, 302, plain('/status /metrics'));
    }
    try {
      send(req, res, 200, await found());
    } catch {
      send(req, res, 500, plain('the metrics could not be read'));
    }
  }

  await look();
  const settings = { port: 'METRICS_PORT', host: 'METRICS_HOST' };
  const handler = (req: IncomingMessage, res: ServerResponse) => void answer(req, res);
  const listening = await listen(handler, port, host, () => {}, settings);
  const timer = setInterval(look, lookEveryMs);
  timer.unref();
  return {
    ...listening,
    close: async () => {
      clearInterval(timer);
      await listening.close();
    },
  };
}

type Answer = { type: string; body: string; policy?: string };

/** Whoever asks while an answer is being made gets that one. */
function onceAtATime(make: () => Promise<Answer>): () => Promise<Answer> {
  let underWay: Promise<Answer> | null = null;
  return () => {
    underWay ??= make().finally(() => {
      underWay = null;
    });
    return underWay;
  };
}

const plain = (text: string): Answer => ({ type: 'text/plain; charset=utf-8', body: `${text}\n` });

/** Nothing that is not ours runs in a page, and nobody may keep, frame or reinterpret it. */
function send(req: IncomingMessage, res: ServerResponse, status: number, answer: Answer): void {
  const { type, body, policy = "default-src 'none'; frame-ancestors 'none'" } = answer;
  res.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    'Content-Security-Policy': policy,
    'Cache-Control': 'no-store',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    Connection: 'close',
  });
  res.end(req.method === 'HEAD' ? undefined : body);
}
