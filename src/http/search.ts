import type { RequestHandler, Response } from 'express';
import type { Warn } from '../domain/log.ts';
import { lookupAddresses, parseObject } from '../helpscout/conversation.ts';
import { createSearchLimit, readSearchToken } from '../helpscout/search-token.ts';
import { sentence } from '../sidebar/sidebar.ts';
import * as words from '../sidebar/words.ts';
import type { Answers, HandlerResult } from './answers.ts';
import { createReadBytes } from './body.ts';
import { rejectAndClose, send } from './send.ts';

type Surroundings = {
  secretKey: string;
  answers: Answers;
  now: () => Date;
  warn: Warn;
};

/**
 * The POST with which the page searches for another address. The token that came with the page
 * is in a header, so that it is verified before anything is read.
 */
export function createSearchHandler(surroundings: Surroundings): RequestHandler {
  const { secretKey, answers, now, warn } = surroundings;
  const maySearch = createSearchLimit();
  const readBytes = createReadBytes(warn);

  const handler: RequestHandler = (req, res, next) => {
    // A header that came twice was joined with a comma, and is no token any more.
    const said = String(req.headers['x-search-token'] ?? '');
    const token = readSearchToken(secretKey, said, now());
    if (token !== null)
      return readBytes(req, res, next, (body) => search(token.conversation, body, res));
    warn({ event: 'refused', class: 'search_token' });
    rejectAndClose(res, 403, 'forbidden');
  };

  async function search(conversation: string, body: Buffer | null, res: Response): Promise<void> {
    if (!maySearch(conversation, now())) {
      warn({ event: 'rejected', class: 'search_limit' });
      return send(res, 429, { html: answers.htmlOfSentence(words.tooManySearches) });
    }
    send(res, 200, { html: await answers.htmlOf(() => whoIs(body), 'search') });
  }

  async function whoIs(body: Buffer | null): Promise<HandlerResult> {
    const asked = body === null ? null : parseObject(body);
    const emails = lookupAddresses([asked?.['email']]);
    const [address] = emails;
    if (address === undefined)
      return { sidebar: sentence(words.notAnAddress), entry: { outcome: 'not_an_address' } };
    const { sidebar, entry } = await answers.sidebarFor([emails]);
    if (sidebar.accounts.length === 0) return { sidebar, entry };
    const notice = { ...words.searched(address), link: null };
    return { sidebar: { ...sidebar, notices: [notice, ...sidebar.notices] }, entry };
  }

  return handler;
}
