import type { RequestHandler, Response } from 'express';
import type { Context } from '../domain/context.ts';
import type { Deadline } from '../domain/deadline.ts';
import { lookupAddresses, parseObject } from '../helpscout/conversation.ts';
import { createSearchLimit, readSearchToken, type SearchToken } from '../helpscout/search-token.ts';
import * as words from '../sidebar/words.ts';
import { markVerified } from './connections.ts';
import type { HandlerOptions } from './create-sidebar.ts';
import { createReadBody, rejectAndClose, send } from './read-and-send.ts';
import { type HandlerResult, messageResult } from './responder.ts';

/** The page's POST to search for another address. Its token is verified before the body is read. */
export function createSearchHandler(options: HandlerOptions): RequestHandler {
  const { secretKeys, responder, now, warn } = options;
  const isWithinLimit = createSearchLimit(now);
  const readBody = createReadBody(warn);

  const handler: RequestHandler = (req, res, next) => {
    // A duplicate header is joined with a comma, and is no token any more.
    const header = String(req.headers['x-search-token'] ?? '');
    const token = readSearchToken(secretKeys.secretKey, header, now());
    if (token !== null) {
      markVerified(req);
      return readBody(req, res, next, (body) => search(token, body, res));
    }
    warn({ event: 'refused', class: 'search_token' });
    rejectAndClose(res, 403, 'forbidden');
  };

  async function search(token: SearchToken, body: Buffer | null, res: Response): Promise<void> {
    if (!isWithinLimit(token.conversation)) {
      warn({ event: 'rejected', class: 'search_limit' });
      return send(res, 429, { html: responder.renderMessage(words.tooManySearches) });
    }
    const resolve = (deadline: Deadline) => resolveSidebar(body, deadline, token.context);
    send(res, 200, { html: await responder.respond('search', resolve) });
  }

  async function resolveSidebar(
    body: Buffer | null,
    deadline: Deadline,
    context: Context,
  ): Promise<HandlerResult> {
    const emails = lookupAddresses([body && parseObject(body)?.['email']]);
    const [address] = emails;
    if (address === undefined) return messageResult('not_an_address', words.notAnAddress);
    const { sidebar, entry } = await responder.lookUp([emails, undefined, deadline, context]);
    if (sidebar.accounts.length === 0) return { sidebar, entry };
    const notice = { ...words.searched(address), link: null };
    return { sidebar: { ...sidebar, notices: [notice, ...sidebar.notices] }, entry };
  }

  return handler;
}
