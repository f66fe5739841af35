import type { IncomingMessage, ServerResponse } from 'node:http';
import { isIP, type Socket } from 'node:net';
import { type Listening, listen } from '../../http/listen.ts';
import { createCounters } from './counters.ts';
import type { Snapshot } from './history.ts';
import { createMetrics, type Sources } from './metrics.ts';
import { toStatus } from './status.ts';
import { compileStatusPage } from './status-page.ts';

export type MetricsServerOptions = Sources & {
  port: number;
  host: string;
  now: () => Date;
  /** How often the status page's history takes a snapshot. */
  snapshotEveryMs?: number;
};

/** An hour at the default interval, and the snapshot before it. */
const maxSnapshots = 361;

/** Serves metrics at /metrics and the status page at /status, and nothing else. */
export async function serveMetrics(options: MetricsServerOptions): Promise<Listening> {
  const { port, host, now, snapshotEveryMs = 10_000, ...sources } = options;
  const { counters, connections, waitedMs, previousKeyEnds, version } = sources;
  const startedAt = now();
  const page = compileStatusPage();
  const history: Snapshot[] = [];

  function snapshot(): Snapshot {
    const totals = structuredClone(counters.totals);
    const lagMs = waitedMs().usual;
    const databaseUp = connections.isConnected();
    return { at: now(), databaseUp, totals, connections: connections.counts(), lagMs };
  }

  function addToHistory(): void {
    history.push(snapshot());
    if (history.length > maxSnapshots) history.shift();
  }

  const answers: Record<string, () => Promise<Answer>> = {
    '/metrics': onceAtATime(createMetrics(sources)),
    '/status': onceAtATime(async () => {
      const watched = [...history, snapshot()];
      const body = page.render(toStatus(watched, startedAt, previousKeyEnds, version));
      return { type: 'text/html; charset=utf-8', body, policy: page.policy };
    }),
  };
  const served = new WeakSet<Socket>();

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    // One answer per connection: hundreds of pipelined requests would keep agents waiting.
    if (served.has(req.socket)) return void req.socket.destroy();
    served.add(req.socket);
    if (!isOurName(host, req.headers.host)) return send(req, res, 403, plain(foreignName));
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

  // Includes failures of the start, such as a database that does not answer.
  history.push({ ...snapshot(), totals: createCounters().totals });
  const settings = { port: 'METRICS_PORT', host: 'METRICS_HOST' };
  const listening = await listen(answer, port, host, { settings });
  const timer = setInterval(addToHistory, snapshotEveryMs);
  timer.unref();
  return {
    ...listening,
    close: async () => {
      clearInterval(timer);
      await listening.close();
    },
  };
}

const foreignName =
  'Ask by an IP address, a name without a dot, or the name in METRICS_HOST: the Host is another.';

/** A page of another site may reach this port under a name of its own (DNS rebinding). */
export function isOurName(ownHost: string, hostHeader = ''): boolean {
  const name = hostHeader.toLowerCase().replace(/:\d*$/, '');
  return name === ownHost.toLowerCase() || !name.includes('.') || isIP(name) !== 0;
}

type Answer = { type: string; body: string; policy?: string };

/** Requests that arrive while an answer is being made share it. */
function onceAtATime(make: () => Promise<Answer>): () => Promise<Answer> {
  let inFlight: Promise<Answer> | null = null;
  return () => {
    inFlight ??= make().finally(() => {
      inFlight = null;
    });
    return inFlight;
  };
}

const plain = (text: string): Answer => ({ type: 'text/plain; charset=utf-8', body: `${text}\n` });

/** Only our own script runs in a page, and nothing may cache, frame or reinterpret it. */
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
