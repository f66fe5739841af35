import bodyParser from 'body-parser';
import type { ErrorRequestHandler, NextFunction, Request, RequestHandler, Response } from 'express';
import type { Warn } from '../domain/log.ts';

/** Help Scout's bodies have some 400 bytes. */
const maxBodyBytes = 64 * 1024;

/** Null where a parser of the app read the body before us, and left no bytes. */
type UseBody = (body: Buffer | null) => Promise<void>;

/** Hands on the bytes of a body as sent: the signature is of these. */
export type ReadBody = (req: Request, res: Response, next: NextFunction, use: UseBody) => void;

export function createReadBody(warn: Warn): ReadBody {
  // Whatever the Content-Type, which Help Scout does not document.
  const parse = bodyParser.raw({ type: () => true, limit: maxBodyBytes, inflate: false });
  return (req, res, next, use) => {
    const rejectTooLarge = () => {
      warn({ event: 'rejected', class: '413' });
      rejectAndClose(res, 413, 'too large');
    };
    const { 'content-length': length, 'content-encoding': encoding } = req.headers;
    if (Number(length) > maxBodyBytes) return rejectTooLarge();
    if (length !== undefined && encoding === undefined && req.readable)
      return readOfKnownLength(req, next, use);
    // Ends an oversize body at once: body-parser would read all of it.
    let received = 0;
    req.on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (received > maxBodyBytes && !res.headersSent) rejectTooLarge();
    });
    parse(req, res, (error) => {
      if (error) return next(error);
      use(Buffer.isBuffer(req.body) ? req.body : null).catch(next);
    });
  };
}

/**
 * With a Content-Length, Node itself allows no byte more or less. Without body-parser an answer
 * takes a twentieth less CPU.
 */
function readOfKnownLength(req: Request, next: NextFunction, use: UseBody): void {
  const chunks: Buffer[] = [];
  req.on('data', (chunk: Buffer) => chunks.push(chunk));
  req.on('end', () => {
    // A client that leaves from now on no longer aborts a body.
    req.off('error', next);
    use(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)).catch(next);
  });
  req.on('error', next);
}

/** Body-parser's messages may quote the body, so none is passed on. */
export function onUnreadable(warn: Warn): ErrorRequestHandler {
  return (error, req, res, _next) => {
    if (res.headersSent) return;
    if (req.destroyed) return warn({ event: 'aborted', class: 'body' });
    const status = rejections.has(error?.status) ? error.status : 400;
    warn({ event: 'rejected', class: String(status) });
    rejectAndClose(res, status, rejections.get(status) ?? 'bad request');
  };
}

const rejections = new Map([
  [413, 'too large'],
  [415, 'unsupported encoding'],
]);

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

/** Answers without waiting for a body that it will not read. */
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
