import type { Request, RequestHandler, Response } from 'express';
import type { Deadline } from '../domain/deadline.ts';
import type { Refusal } from '../domain/observer.ts';
import { readConversation } from '../helpscout/conversation.ts';
import { readSignature, verifySignature } from '../helpscout/signature.ts';
import * as words from '../sidebar/words.ts';
import { markVerified } from './connections.ts';
import type { HandlerOptions } from './create-sidebar.ts';
import { createReadBody, rejectAndClose, send } from './read-and-send.ts';
import { type HandlerResult, messageResult, UnreadableBody } from './responder.ts';

/** A SHA-1 in hex: what people send who forgot that it must be base64. */
const hexLength = 40;

/**
 * A Callback URL for FreeScout where it signs in Help Scout's header. A query is not signed, no more
 * than a header's name, so either only chooses the layout and the count.
 */
const namesFreeScout = /[?&]app=freescout(?:&|$)/;

/**
 * The signed POST of a legacy dynamic app, and of FreeScout: verified bytes → addresses → html.
 * FreeScout counts customers of its own, so their id is not used. It puts our html into the
 * agent's page as it is: only our escaping protects that.
 */
export function createLegacyHandler(options: HandlerOptions): RequestHandler {
  const { secretKeys, responder, authenticate, now, warn } = options;
  const readBody = createReadBody(warn);

  /** Rejects before the body is read; a signature in hex goes on to be diagnosed. */
  const handler: RequestHandler = (req, res, next) => {
    const header = readSignature(req.rawHeaders);
    if (header.signature === null) return reject(res, header.fault);
    const { signature, isFreeScout, fault } = header;
    if (fault !== null && signature.length !== hexLength) return reject(res, fault);
    const endpoint = isFreeScout || namesFreeScout.test(req.url) ? 'freescout' : 'legacy';
    readBody(req, res, next, (body) => answer(endpoint, signature, body, req, res));
  };

  /** Help Scout shows its own label for any status but 200, so proven requests always get a 200. */
  async function answer(
    endpoint: 'legacy' | 'freescout',
    signature: string,
    body: Buffer | null,
    req: Request,
    res: Response,
  ): Promise<void> {
    if (body === null) return reject(res, 'no_body');
    const verify = () => verifySignature(secretKeys, body, signature, now());
    const fault = authenticate({ signature, verify, signed: () => body });
    if (fault !== null) return reject(res, fault);
    markVerified(req);
    const resolve = (deadline: Deadline) => resolveSidebar(body, deadline);
    send(res, 200, { html: await responder.respond(endpoint, resolve) });
  }

  function resolveSidebar(
    body: Buffer,
    deadline: Deadline,
  ): HandlerResult | Promise<HandlerResult> {
    const conversation = readConversation(body);
    if (conversation === null) throw new UnreadableBody();
    const { emails, isDraft, teamDomain, context } = conversation;
    if (emails.length > 0)
      return responder.lookUp([emails, undefined, deadline, context], teamDomain);
    return isDraft
      ? messageResult('draft', words.draft)
      : messageResult('no_address', words.noAddress);
  }

  /** The same for every reason: the difference helps only an attacker. */
  function reject(res: Response, fault: Refusal): void {
    warn({ event: 'refused', class: fault });
    rejectAndClose(res, 403, 'forbidden');
  }

  return handler;
}
