import type { Response } from 'express';

/** The open pages, which are told as soon as something was saved. */
export type Audience = {
  admit: (res: Response) => void;
  tell: () => void;
  /** Ends every page's stream: a server waits for its answers before it stops. */
  dismiss: () => void;
};

/** https://html.spec.whatwg.org/multipage/server-sent-events.html */
export function createAudience(): Audience {
  const seats = new Set<Response>();
  return {
    admit(res) {
      res.writeHead(200, { 'Content-Type': 'text/event-stream' });
      // A page that was cut off comes back after so many milliseconds.
      res.write('retry: 500\n\n');
      seats.add(res);
      res.on('close', () => seats.delete(res));
    },
    tell() {
      for (const res of seats) res.write('event: saved\ndata:\n\n');
    },
    dismiss() {
      for (const res of seats) res.end();
    },
  };
}
