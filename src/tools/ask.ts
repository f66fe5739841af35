import { STATUS_CODES } from 'node:http';
import { parseArgs } from 'node:util';
import dotenv from 'dotenv';
import { sign } from '../helpscout/signature.ts';
import { requestBody } from './request.ts';
import { readNote } from './running-demo.ts';
import { toTerminal } from './terminal.ts';

const usage = `Asks the running server who a customer is, as Help Scout would.

  npm run ask -- ADDRESS [ADDRESS …] [--url URL] [--json]

  ADDRESS   an e-mail address of the customer, the preferred one first
  --url     the Callback URL; without it, the server on this machine at PORT (3000)
  --json    print the request and the answer as JSON
  --help    print this

The request is signed with HELPSCOUT_SECRET_KEY from the environment or .env, and without one with
the Secret Key of the demo that runs on this machine.`;

const answerWithinMs = 10_000;

/** What the person who asked must do otherwise, in words. */
class AskError extends Error {}

async function ask(args: string[]): Promise<number> {
  const { emails, url, json, help } = readArguments(args);
  if (help) {
    console.log(usage);
    return 0;
  }
  const body = requestBody(emails);
  const signature = sign(await secretKeyFor(url), body);
  const started = performance.now();
  const { status, text } = await post(url, body, signature);
  const ms = Math.round((performance.now() - started) * 10) / 10;

  if (json) {
    const printed = { status, ms, request: JSON.parse(body), answer: parse(text) ?? text };
    console.log(JSON.stringify(printed, null, 2));
  } else {
    const size = `${Buffer.byteLength(text).toLocaleString('en')} bytes`;
    console.log(`${status} ${STATUS_CODES[status] ?? ''} · ${ms} ms · ${size}\n`);
    console.log(readable(status, text));
  }
  return status === 200 ? 0 : 1;
}

function readArguments(args: string[]) {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        url: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (positionals.length === 0 && !values.help) throw new AskError('ask whom? Give an address');
    const notAnAddress = positionals.find((text) => !text.includes('@'));
    if (notAnAddress !== undefined)
      throw new AskError(`"${notAnAddress}" is not an e-mail address: it has no @`);
    const port = process.env['PORT'] || '3000';
    return {
      ...values,
      emails: positionals,
      url: readUrl(values.url ?? `http://127.0.0.1:${port}/helpscout`),
    };
  } catch (error) {
    // parseArgs explains an unknown option in its message.
    throw new AskError(`${(error as Error).message}\n\n${usage}`);
  }
}

function readUrl(text: string): URL {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new AskError(`--url must be a web address, but is "${text}"`);
  return new URL(text);
}

async function secretKeyFor(url: URL): Promise<string> {
  const configured = process.env['HELPSCOUT_SECRET_KEY'];
  const secretKey = configured || (await readNote(Number(url.port)));
  if (secretKey) return secretKey;
  throw new AskError(
    `HELPSCOUT_SECRET_KEY is not set, and no demo runs on port ${url.port || '80'} of this machine: start it with npm start`,
  );
}

async function post(url: URL, body: string, signature: string) {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-HelpScout-Signature': signature },
      body,
      // Help Scout does not follow redirects either.
      redirect: 'manual',
      signal: AbortSignal.timeout(answerWithinMs),
    });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    const { cause, message } = error as Error;
    const why = cause instanceof Error ? cause.message || String(cause) : message;
    throw new AskError(`Nothing answers at ${url} (${why}): is the server running there?`);
  }
}

function readable(status: number, text: string): string {
  const answer = parse(text);
  if (status === 200 && typeof answer?.['html'] === 'string') return toTerminal(answer['html']);
  if (status === 403)
    return 'Refused: the server has another Secret Key. HELPSCOUT_SECRET_KEY must be the same here and there.';
  if (status >= 300 && status < 400)
    return 'A redirect, which Help Scout does not follow: use the address that it leads to.';
  return 'That is no sidebar: is this the Callback URL, which ends in /helpscout?';
}

function parse(text: string): Record<string, unknown> | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

dotenv.config({ quiet: true });
try {
  process.exitCode = await ask(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof AskError ? error.message : error);
  process.exitCode = error instanceof AskError ? 2 : 1;
}
