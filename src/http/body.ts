import bodyParser from 'body-parser';
import type { ErrorRequestHandler, NextFunction, Request, Response } from 'express';
import type { Warn } from '../domain/log.ts';
import { rejectAndClose } from './send.ts';

/** Help Scout's bodies have some 400 bytes. */
const mostBodyBytes = 64 * 1024;

/** Null where something before us read the body already, and left us no bytes. */
type Use = (body: Buffer | null) => Promise<void>;

/** Hands on the bytes of a body as they came, for whoever has proven enough to send one. */
export type ReadBytes = (req: Request, res: Response, next: NextFunction, use: Use) => void;

export function createReadBytes(warn: Warn): ReadBytes {
  // Whatever the Content-Type says, which Help Scout does not document: the bytes were signed.
  const read = bodyParser.raw({ type: () => true, limit: mostBodyBytes, inflate: false });
  return (req, res, next, use) => {
    const refuseIt = () => {
      warn({ event: 'rejected', class: '413' });
      rejectAndClose(res, 413, 'too large');
    };
    const { 'content-length': announced, 'content-encoding': encoding } = req.headers;
    if (Number(announced) > mostBodyBytes) return refuseIt();
    if (announced !== undefined && encoding === undefined && req.readable)
      return gather(req, next, use);
    // Ends an oversize body at once: body-parser would take in all of it, however long.
    let received = 0;
    req.on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (received > mostBodyBytes && !res.headersSent) refuseIt();
    });
    read(req, res, (error) => {
      if (error) return next(error);
      use(Buffer.isBuffer(req.body) ? req.body : null).catch(next);
    });
  };
}

/**
 * A body whose length was announced: Node gives no byte more, and fails where one is missing. So there
 * is nothing that body-parser would have to see to, which took a twentieth of the CPU of an answer.
 */
function gather(req: Request, next: NextFunction, use: Use): void {
  const chunks: Buffer[] = [];
  req.on('data', (chunk: Buffer) => chunks.push(chunk));
  req.on('end', () => {
    // Whoever leaves while we look up is no longer in the middle of a body.
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

/** What body-parser may find wrong before a signature is compared. */
const rejections = new Map([
  [413, 'too large'],
  [415, 'unsupported encoding'],
]);
