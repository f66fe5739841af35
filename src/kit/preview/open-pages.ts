import type { Response } from 'express';

export type OpenPages = ReturnType<typeof createOpenPages>;

/**
 * The open pages, each with a stream of events that tells it to reload.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function createOpenPages() {
  const streams = new Set<Response>();
  return {
    add(res: Response) {
      res.writeHead(200, { 'Content-Type': 'text/event-stream' });
      // After so many milliseconds, a disconnected page reconnects.
      res.write('retry: 500\n\n');
      streams.add(res);
      res.on('close', () => streams.delete(res));
    },
    broadcast() {
      for (const res of streams) res.write('event: saved\ndata:\n\n');
    },
    /** Ends the streams, which would otherwise keep the server from stopping. */
    close() {
      for (const res of streams) res.end();
    },
  };
}
