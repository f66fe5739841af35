import type { Request, RequestHandler, Response } from 'express';
import { type Context, pickContext } from '../domain/context.ts';
import type { Deadline } from '../domain/deadline.ts';
import type { Refusal } from '../domain/observer.ts';
import { lookupAddresses } from '../helpscout/conversation.ts';
import { MailboxError, maxMailboxMs } from '../helpscout/mailbox-api.ts';
import {
  readContext,
  readCustomerId,
  readSignedQuery,
  signedTexts,
  verifyQuerySignature,
} from '../helpscout/platform-signature.ts';
import { createSearchToken } from '../helpscout/search-token.ts';
import { compilePage, type Page } from '../sidebar/page.ts';
import * as words from '../sidebar/words.ts';
import { markVerified } from './connections.ts';
import type { HandlerOptions } from './create-sidebar.ts';
import { type HandlerResult, messageResult } from './responder.ts';

/** Whose page frames ours: as a Content-Security-Policy names it, and where it is told our height. */
export type Frame = { ancestors: string; origin: string };

export const helpScout: Frame = {
  ancestors: 'https://secure.helpscout.net',
  origin: 'https://secure.helpscout.net',
};

const mailboxLate = () => new MailboxError('unreachable', 'timeout');

/** The signed GET of a platform app, in a frame: verified query → customer's id → page. */
export function createPlatformHandler(options: HandlerOptions): RequestHandler {
  const { secretKeys, findsByCustomerId, contextKeys, findAddresses } = options;
  const { responder, authenticate, now, warn } = options;
  const { ancestors, origin } = options.frame;
  const { render, scriptSource, styleSource } = compilePage(origin);
  const policy = [
    "default-src 'none'",
    `script-src ${scriptSource}`,
    `style-src ${styleSource}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${ancestors}`,
  ].join('; ');

  /** Anybody can request these two, as often as they like, so they are rendered once. */
  const messagePage = (message: Page['message']) =>
    Buffer.from(render({ html: null, message, searchToken: null }));
  const callbackPage = messagePage(words.callbackPage);
  const refusedPage = messagePage(words.refusedPage);

  /** As for the legacy app: 200 for Help Scout, whatever happened; 403 for anybody else. */
  const handler: RequestHandler = async (req, res) => {
    if (hasBody(req)) res.set('Connection', 'close');
    const query = readSignedQuery(req.url.slice(req.url.indexOf('?') + 1 || req.url.length));
    // Opened in a browser, or probed: there is nothing to reject.
    if (query.fault === 'none') return show(res, 200, callbackPage);
    if (query.fault !== null) return reject(res, query.fault);
    const { claims, candidates, signature } = query;
    const verify = () => verifyQuerySignature(secretKeys, candidates, signature, now());
    const fault = authenticate({ signature, verify, signed: () => signedTexts(claims).php });
    if (fault !== null) return reject(res, fault);
    markVerified(req);

    const customerId = readCustomerId(claims);
    const context = pickContext(readContext(claims), contextKeys);
    const html = await responder.respond('platform', (deadline) =>
      resolveSidebar(customerId, deadline, context),
    );
    const searchToken = createSearchToken(secretKeys.secretKey, claims, context, now());
    show(res, 200, render({ html, message: null, searchToken }));
  };

  /** By the id, where accounts have it; else by the addresses that Help Scout has for it. */
  async function resolveSidebar(
    customerId: string | null,
    deadline: Deadline,
    context: Context,
  ): Promise<HandlerResult> {
    if (customerId === null) return messageResult('no_customer', words.noCustomer);
    if (findsByCustomerId) {
      const result = await responder.lookUp([[], customerId, deadline, context]);
      if (result.sidebar.accounts.length > 0) return result;
      if (findAddresses === null) return messageResult('not_linked', words.notLinked);
    }
    if (findAddresses === null) return messageResult('no_credentials', words.needsCredentials);
    const found = findAddresses(customerId);
    const emails = lookupAddresses(await deadline.race(found, mailboxLate, maxMailboxMs));
    if (emails.length === 0) return messageResult('no_address', words.noAddress);
    return responder.lookUp([emails, undefined, deadline, context]);
  }

  /** The same for every reason: the difference helps only an attacker. */
  function reject(res: Response, fault: Refusal): void {
    warn({ event: 'refused', class: fault });
    show(res, 403, refusedPage);
  }

  function show(res: Response, status: number, page: string | Buffer): void {
    // An app that mounts the sidebar may have set it for its own pages.
    res.removeHeader('X-Frame-Options');
    res.set({
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': policy,
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      // The address is signed and has no end: no link may tell it.
      'Referrer-Policy': 'no-referrer',
    });
    res.status(status).end(page);
  }

  return handler;
}

/** Nobody reads the body of a GET, however long it is. */
function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
