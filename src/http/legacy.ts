import type { RequestHandler, Response } from 'express';
import type { Warn } from '../domain/log.ts';
import type { Refusal } from '../domain/observer.ts';
import { readConversation } from '../helpscout/conversation.ts';
import { type SecretKeys, verifySignature } from '../helpscout/secret-keys.ts';
import { readSignature } from '../helpscout/signature.ts';
import { sentence } from '../sidebar/sidebar.ts';
import * as words from '../sidebar/words.ts';
import { type Answers, type HandlerResult, UnreadableBody } from './answers.ts';
import type { Authenticate } from './authenticate.ts';
import { createReadBytes } from './body.ts';
import { rejectAndClose, send } from './send.ts';

/** A SHA-1 in hex: what people send who forgot that it must be base64. */
const hexLength = 40;

type Surroundings = {
  secretKeys: SecretKeys;
  answers: Answers;
  authenticate: Authenticate;
  now: () => Date;
  warn: Warn;
};

/**
 * The signed POST of a legacy dynamic app, and of FreeScout: verified bytes → addresses → html.
 * The customer's id in it is never looked up, since FreeScout counts customers of its own. It also
 * puts our html into the agent's page as it is: only our escaping stands between.
 */
export function createLegacyHandler(surroundings: Surroundings): RequestHandler {
  const { secretKeys, answers, authenticate, now, warn } = surroundings;
  const readBytes = createReadBytes(warn);

  /** Refuses before the body is read; a signature in hex goes on, to be told from any other. */
  const handler: RequestHandler = (req, res, next) => {
    const { signature, fault } = readSignature(req.rawHeaders);
    if (signature === null) return refuse(res, fault);
    if (fault !== null && signature.length !== hexLength) return refuse(res, fault);
    readBytes(req, res, next, (body) => answer(signature, body, res));
  };

  /**
   * Help Scout shows a label of its own in place of any answer but a 200, so whoever proved to be
   * Help Scout gets 200 and a sentence that helps the agent, whatever happened.
   */
  async function answer(signature: string, body: Buffer | null, res: Response): Promise<void> {
    if (body === null) return refuse(res, 'no_body');
    const prove = () => verifySignature(secretKeys, body, signature, now());
    const fault = authenticate({ signature, prove, signed: () => body });
    if (fault !== null) return refuse(res, fault);
    send(res, 200, { html: await answers.htmlOf(() => resolveSidebar(body)) });
  }

  function resolveSidebar(body: Buffer): HandlerResult | Promise<HandlerResult> {
    const conversation = readConversation(body);
    if (conversation === null) throw new UnreadableBody();
    const { emails, isDraft, teamDomain } = conversation;
    if (emails.length > 0) return answers.sidebarFor([emails], teamDomain);
    return isDraft
      ? { sidebar: sentence(words.draft), entry: { outcome: 'draft' } }
      : { sidebar: sentence(words.noAddress), entry: { outcome: 'no_address' } };
  }

  /** The same for every reason: which one it was helps only who is guessing. */
  function refuse(res: Response, fault: Refusal): void {
    warn({ event: 'refused', class: fault });
    rejectAndClose(res, 403, 'forbidden');
  }

  return handler;
}
