import type { Request, RequestHandler, Response } from 'express';
import { LookupError } from '../domain/account.ts';
import { createDeadline } from '../domain/deadline.ts';
import type { Warn } from '../domain/log.ts';
import type { Outcome, Refusal } from '../domain/observer.ts';
import { lookupAddresses } from '../helpscout/conversation.ts';
import type { FindAddresses } from '../helpscout/mailbox-api.ts';
import {
  readCustomerId,
  readSignedQuery,
  signedTexts,
  verifyQuerySignature,
} from '../helpscout/platform-signature.ts';
import { createSearchToken } from '../helpscout/search-token.ts';
import type { SecretKeys } from '../helpscout/secret-keys.ts';
import { compilePage, type Page } from '../sidebar/page.ts';
import { sentence } from '../sidebar/sidebar.ts';
import * as words from '../sidebar/words.ts';
import type { Answers, HandlerResult } from './answers.ts';
import type { Authenticate } from './authenticate.ts';

/** Whose page frames ours: as a Content-Security-Policy names it, and where it is told our height. */
export type Frame = { ancestors: string; origin: string };

export const helpScout: Frame = {
  ancestors: 'https://secure.helpscout.net',
  origin: 'https://secure.helpscout.net',
};

/** An agent waits no longer than this, whoever of Help Scout's API and the database is slow. */
const deadlineMs = 1_900;

type Surroundings = {
  secretKeys: SecretKeys;
  /** Whether `findAccounts` finds anybody by the customer's id in Help Scout. */
  findsByCustomerId: boolean;
  findAddresses: FindAddresses | null;
  frame: Frame;
  answers: Answers;
  authenticate: Authenticate;
  now: () => Date;
  warn: Warn;
};

/** The signed GET of a platform app, in a frame: verified query → customer's id → page. */
export function createPlatformHandler(surroundings: Surroundings): RequestHandler {
  const { secretKeys, findsByCustomerId, findAddresses, answers, authenticate, now, warn } =
    surroundings;
  const { ancestors, origin } = surroundings.frame;
  const inTime = createDeadline(deadlineMs, () => new LookupError('unreachable', 'deadline', {}));
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

  /** As with the legacy app: 200 for Help Scout, whatever happened; a 403 for anybody else. */
  const handler: RequestHandler = async (req, res) => {
    if (hasBody(req)) res.set('Connection', 'close');
    const query = readSignedQuery(req.url.slice(req.url.indexOf('?') + 1 || req.url.length));
    // Whoever opens the address in a browser, or probes it, tried nothing that could be refused.
    if (query.fault === 'none') return explain(res, 200, words.callbackPage);
    if (query.fault !== null) return refuse(res, query.fault);
    const { claims, signature } = query;
    const prove = () => verifyQuerySignature(secretKeys, claims, signature, now());
    const fault = authenticate({ signature, prove, signed: () => signedTexts(claims).php });
    if (fault !== null) return refuse(res, fault);

    const customerId = readCustomerId(claims);
    const html = await answers.htmlOf(() => inTime(resolveSidebar(customerId)), 'platform');
    const searchToken = createSearchToken(secretKeys.secretKey, claims, now());
    show(res, 200, { html, message: null, searchToken });
  };

  /** By the id, where accounts have it; else by the addresses that Help Scout has for it. */
  async function resolveSidebar(customerId: string | null): Promise<HandlerResult> {
    if (customerId === null) return outcome('no_customer', words.noCustomer);
    if (findsByCustomerId) {
      const said = await answers.sidebarFor([[], customerId]);
      if (said.sidebar.accounts.length > 0) return said;
      if (findAddresses === null) return outcome('not_linked', words.notLinked);
    }
    if (findAddresses === null) return outcome('no_credentials', words.needsCredentials);
    const emails = lookupAddresses(await findAddresses(customerId));
    if (emails.length === 0) return outcome('no_address', words.noAddress);
    return answers.sidebarFor([emails]);
  }

  const outcome = (name: Outcome, text: string): HandlerResult => ({
    sidebar: sentence(text),
    entry: { outcome: name },
  });

  /** The same for every reason: which one it was helps only who is guessing. */
  function refuse(res: Response, fault: Refusal): void {
    warn({ event: 'refused', class: fault });
    explain(res, 403, words.refusedPage);
  }

  function explain(res: Response, status: number, message: NonNullable<Page['message']>): void {
    show(res, status, { html: null, message, searchToken: null });
  }

  function show(res: Response, status: number, page: Page): void {
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
    res.status(status).end(render(page));
  }

  return handler;
}

/** Nobody reads the body of a GET, however long it is. */
function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
