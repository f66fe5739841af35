import type { RequestHandler, Response } from 'express';

/** What `res.json` does, without its search for ETags, charsets and settings. */
export function send(res: Response, status: number, answer: object): void {
  const body = JSON.stringify(answer);
  res.writeHead(status, {
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
  });
  res.end(body);
}

/** Answers without waiting for a body that nobody will read. */
export function rejectAndClose(res: Response, status: number, error: string): void {
  res.set('Connection', 'close');
  send(res, status, { error });
}

export const allowOnly =
  (methods: string): RequestHandler =>
  (_req, res) => {
    res.set('Allow', methods);
    send(res, 405, { error: 'method not allowed' });
  };
