import { randomBytes } from 'node:crypto';
import bodyParser from 'body-parser';
import type { ErrorRequestHandler, Express, RequestHandler, Response } from 'express';
import express from 'express';
import type { FindAccounts } from './account.ts';
import { LookupError } from './account.ts';
import { rememberAnswers } from './accounts/last-answers.ts';
import { limitLookups } from './accounts/limit-lookups.ts';
import { readConversation } from './helpscout/conversation.ts';
import { diagnose } from './helpscout/diagnosis.ts';
import { createRepetitionCheck } from './helpscout/repetition.ts';
import { type Proof, type SecretKeys, whoSigned } from './helpscout/secret-keys.ts';
import { readSignature } from './helpscout/signature.ts';
import { type Log, sampled } from './log.ts';
import type { Sidebar, ToSidebar } from './sidebar/sidebar.ts';
import { asOf, sentence } from './sidebar/sidebar.ts';
import type { RenderSidebar } from './sidebar/views.ts';
import * as words from './sidebar/words.ts';

export type Dependencies = {
  secretKeys: SecretKeys;
  findAccounts: FindAccounts;
  toSidebar: ToSidebar;
  render: RenderSidebar;
  now: () => Date;
  log: Log;
  /** Whether the server is about to stop: answers still come, but connections are not kept. */
  isDraining: () => boolean;
  /** Whether there is so much to do that a lookup would only add to it. */
  isOverloaded: () => boolean;
  /** Outside production: measures what `answer` does, for whoever works on it. */
  lap?: Lap;
};

/** Called at the end of each stage of a request, and without a stage where none ends. */
export type Lap = (res: Response, stage?: Stage) => void;
export type Stage = 'signature' | 'database' | 'rendering';

/** Help Scout's bodies have some 400 bytes. */
const mostBodyBytes = 64 * 1024;

/** A SHA-1 in hex: what people send who forgot that it must be base64. */
const hexLength = 40;

/** The server as a function of its surroundings: it does not listen and reads no environment. */
export function createApp(dependencies: Dependencies): Express {
  const { secretKeys, findAccounts, toSidebar, render, now, log, lap = () => {} } = dependencies;
  const warn = sampled(log, now);
  let lastDiagnosis = Number.NEGATIVE_INFINITY;
  const lookUp = rememberAnswers(limitLookups(findAccounts, dependencies.isOverloaded), now);
  const isRepeated = createRepetitionCheck(now);

  /** Verified bytes → addresses → accounts → words; and what the log says of it. */
  async function toAnswer(
    body: Buffer,
    res: Response,
  ): Promise<{ sidebar: Sidebar; entry: object }> {
    const conversation = readConversation(body);
    if (conversation === null) throw new UnreadableBody();
    const { emails, isDraft, teamDomain } = conversation;
    if (emails.length === 0)
      return isDraft
        ? { sidebar: sentence(words.draft), entry: { outcome: 'draft' } }
        : { sidebar: sentence(words.noAddress), entry: { outcome: 'no_address' } };
    lap(res);
    const answer = await lookUp(emails).finally(() => lap(res, 'database'));
    const sidebar = toSidebar(emails, answer.accounts, now(), teamDomain);
    if (answer.failure !== null)
      return {
        sidebar: asOf(sidebar, answer.asOf, now()),
        entry: { outcome: 'stale', class: answer.failure.class },
      };
    const { length } = answer.accounts;
    return { sidebar, entry: { outcome: length > 0 ? 'found' : 'nobody', accounts: length } };
  }

  /**
   * Help Scout shows a label of its own in place of any answer but a 200, so whoever proved to be
   * Help Scout gets 200 and a sentence that helps the agent, whatever happened.
   */
  const answer: RequestHandler = async (req, res) => {
    const started = performance.now();
    const ref = randomBytes(4).toString('hex');
    const ms = () => Math.round((performance.now() - started) * 10) / 10;
    try {
      const { sidebar, entry } = await toAnswer(req.body, res);
      const html = render(sidebar);
      lap(res, 'rendering');
      log.info({ event: 'answered', ...entry, ref, ms: ms() });
      send(res, 200, { html });
    } catch (error) {
      log.error({ event: 'failed', ...whatFailed(error), ref, ms: ms() });
      const reason = error instanceof LookupError ? error.reason : 'misconfigured';
      send(res, 200, { html: apology(words.apologies[reason](ref)) });
    }
  };

  /** The sentence in the usual layout, or without any when it is the layout that failed. */
  function apology(text: string): string {
    try {
      return render(sentence(text));
    } catch {
      return `<p>${text}</p>`;
    }
  }

  /** Refuses before the body is read; a signature in hex goes on, to be told from any other. */
  const requireSignature: RequestHandler = (req, res, next) => {
    const { signature, fault } = readSignature(req.rawHeaders);
    if (fault === null || (fault === 'shape' && signature?.length === hexLength)) next();
    else refuse(res, fault);
  };

  const verifySignature: RequestHandler = (req, res, next) => {
    const { signature } = readSignature(req.rawHeaders);
    const body: unknown = req.body;
    if (signature === null || !Buffer.isBuffer(body)) return refuse(res, 'no_body');
    lap(res);
    const proof = whoProved(body, signature);
    lap(res, 'signature');
    if (proof === 'threw') return refuse(res, 'verify_threw');
    if (proof === null) return refuse(res, diagnosis(body, signature));
    if (proof === 'expired') return refuse(res, 'expired_secret');
    if (proof === 'previous') warn({ event: 'accepted', class: 'previous_secret' });
    if (isRepeated(signature)) warn({ event: 'accepted', class: 'same_signature' });
    next();
  };

  /** A verifier that fails has proven nothing. */
  function whoProved(body: Buffer, signature: string): Proof | 'threw' {
    try {
      return whoSigned(secretKeys, body, signature, now());
    } catch {
      return 'threw';
    }
  }

  /** At most once a minute: it costs six times what the refusal does. */
  function diagnosis(body: Buffer, signature: string): string {
    if (now().getTime() - lastDiagnosis < 60_000) return 'mismatch';
    lastDiagnosis = now().getTime();
    return diagnose(secretKeys.secretKey, body, signature);
  }

  /** The same for every reason: which one it was helps only who is guessing. */
  function refuse(res: Response, fault: string): void {
    warn({ event: 'refused', class: fault });
    turnAway(res, 403, 'forbidden');
  }

  /** Ends an oversize body at once: body-parser would take in all of it, however long. */
  const refuseOversize: RequestHandler = (req, res, next) => {
    const refuseIt = () => {
      warn({ event: 'rejected', class: '413' });
      turnAway(res, 413, 'too large');
    };
    if (Number(req.headers['content-length']) > mostBodyBytes) return refuseIt();
    let received = 0;
    req.on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (received > mostBodyBytes && !res.headersSent) refuseIt();
    });
    next();
  };

  /** Body-parser's messages may quote the body, so none is passed on. */
  const onError: ErrorRequestHandler = (error, req, res, _next) => {
    if (res.headersSent) return;
    if (req.destroyed) return warn({ event: 'aborted', class: 'body' });
    const status = rejections.has(error?.status) ? error.status : 400;
    warn({ event: 'rejected', class: String(status) });
    turnAway(res, status, rejections.get(status) ?? 'bad request');
  };

  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  // Help Scout does not follow redirects, and the query string is not signed.
  app.enable('strict routing');
  app.enable('case sensitive routing');
  app.set('query parser', false);

  app.use((_req, res, next) => {
    if (dependencies.isDraining()) res.set('Connection', 'close');
    next();
  });

  app.post(
    '/helpscout',
    requireSignature,
    refuseOversize,
    // Whatever the Content-Type says, which Help Scout does not document: the bytes were signed.
    bodyParser.raw({ type: () => true, limit: mostBodyBytes, inflate: false }),
    verifySignature,
    answer,
  );
  app.all('/helpscout', allowOnly('POST'));
  app.get('/healthz', (_req, res) => send(res, 200, { status: 'ok' }));
  app.all('/healthz', allowOnly('GET, HEAD'));
  // A database that is away does not show here: without it we still give an agent a sentence, and
  // a balancer that took every server out at once would leave them nothing.
  app.get('/readyz', (_req, res) =>
    dependencies.isDraining()
      ? send(res, 503, { status: 'stopping' })
      : send(res, 200, { status: 'ok' }),
  );
  app.all('/readyz', allowOnly('GET, HEAD'));
  app.use((_req, res) => {
    warn({ event: 'rejected', class: '404' });
    send(res, 404, { error: 'not found' });
  });
  app.use(onError);
  return app;
}

/** A body that was signed, but is not the JSON of a conversation. Its text goes nowhere. */
class UnreadableBody extends Error {
  override name = 'bad_body';
}

/** What body-parser may find wrong before a signature is compared. */
const rejections = new Map([
  [413, 'too large'],
  [415, 'unsupported encoding'],
]);

const allowOnly =
  (methods: string): RequestHandler =>
  (_req, res) => {
    res.set('Allow', methods);
    send(res, 405, { error: 'method not allowed' });
  };

/** Answers without waiting for a body that nobody will read. */
function turnAway(res: Response, status: number, error: string): void {
  res.set('Connection', 'close');
  send(res, status, { error });
}

/** What `res.json` would say, without its search for ETags, charsets and settings. */
function send(res: Response, status: number, answer: object): void {
  const body = JSON.stringify(answer);
  res.writeHead(status, {
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
  });
  res.end(body);
}

/** For the operator. A message is kept only where it cannot quote what a customer wrote. */
function whatFailed(error: unknown): { class: string; message?: string } {
  if (!(error instanceof Error)) return { class: 'unknown' };
  if (!(error instanceof LookupError)) return { class: error.name, message: error.message };
  const { cause } = error;
  const isAboutTheQuery = error.class === 'contract' || error.class.startsWith('42');
  return {
    class: error.class,
    ...(isAboutTheQuery && cause instanceof Error && { message: cause.message }),
  };
}
