import type { RequestHandler, Response } from 'express';
import { readConversation } from '../helpscout/conversation.ts';
import { type SecretKeys, whoSigned } from '../helpscout/secret-keys.ts';
import { readSignature } from '../helpscout/signature.ts';
import type { Warn } from '../log.ts';
import type { Refusal } from '../observer.ts';
import { sentence } from '../sidebar/sidebar.ts';
import * as words from '../sidebar/words.ts';
import { type Answers, type Said, UnreadableBody } from './answers.ts';
import { readBytes } from './body.ts';
import type { FaultOf } from './proof.ts';
import { send, turnAway } from './send.ts';

/** A SHA-1 in hex: what people send who forgot that it must be base64. */
const hexLength = 40;

type Surroundings = {
  secretKeys: SecretKeys;
  answers: Answers;
  faultOf: FaultOf;
  now: () => Date;
  warn: Warn;
};

/**
 * The signed POST of a legacy dynamic app, and of FreeScout: verified bytes → addresses → html.
 * The customer's id in it is never looked up, since FreeScout counts customers of its own. It also
 * puts our html into the agent's page as it is: only our escaping stands between.
 */
export function legacyDoor(surroundings: Surroundings): RequestHandler[] {
  const { secretKeys, answers, faultOf, now, warn } = surroundings;

  /**
   * Help Scout shows a label of its own in place of any answer but a 200, so whoever proved to be
   * Help Scout gets 200 and a sentence that helps the agent, whatever happened.
   */
  const answer: RequestHandler = async (req, res) => {
    const { signature } = readSignature(req.rawHeaders);
    const body: unknown = req.body;
    if (signature === null || !Buffer.isBuffer(body)) return refuse(res, 'no_body');
    const prove = () => whoSigned(secretKeys, body, signature, now());
    const fault = faultOf({ signature, prove, signed: () => body }, res);
    if (fault !== null) return refuse(res, fault);
    send(res, 200, { html: await answers.htmlOf(res, () => whoIsIt(body, res)) });
  };

  function whoIsIt(body: Buffer, res: Response): Said | Promise<Said> {
    const conversation = readConversation(body);
    if (conversation === null) throw new UnreadableBody();
    const { emails, isDraft, teamDomain } = conversation;
    if (emails.length > 0) return answers.sidebarFor(res, [emails], teamDomain);
    return isDraft
      ? { sidebar: sentence(words.draft), entry: { outcome: 'draft' } }
      : { sidebar: sentence(words.noAddress), entry: { outcome: 'no_address' } };
  }

  /** Refuses before the body is read; a signature in hex goes on, to be told from any other. */
  const requireSignature: RequestHandler = (req, res, next) => {
    const { signature, fault } = readSignature(req.rawHeaders);
    if (fault === null || (fault === 'shape' && signature?.length === hexLength)) next();
    else refuse(res, fault);
  };

  /** The same for every reason: which one it was helps only who is guessing. */
  function refuse(res: Response, fault: Refusal): void {
    warn({ event: 'refused', class: fault });
    turnAway(res, 403, 'forbidden');
  }

  return [requireSignature, readBytes(warn), answer];
}
