import { parseArgs } from 'node:util';
import { command } from '../domain/command.ts';
import { lookupAddresses } from '../helpscout/conversation.ts';
import { sign } from '../helpscout/signature.ts';
import { isLoopback } from '../http/listen.ts';
import { loadEnvironment } from '../server/environment.ts';
import { inColour, plainly, wantsColour } from './colour.ts';
import { curlCommand, curlCommandToLoad } from './curl.ts';
import { readNote } from './demo/running-demo.ts';
import { freeScoutHeader, helpScoutHeader, htmlIn, type Loaded, load, post } from './post.ts';
import { freeScoutBody, platformQuery, requestBody } from './request.ts';
import { toTerminal } from './terminal.ts';
import { wrongWords } from './usage.ts';

const usage = `Asks the running server who a customer is, as Help Scout would.

  ${command('ask', 'ADDRESS [ADDRESS …] [--app freescout] [--url URL] [--html | --json | --curl]')}
  ${command('ask', '--app platform --customer-id ID [--url URL] [--html | --json | --curl]')}

  ADDRESS        an e-mail address of the customer, the preferred one first
  --app          the kind of app: legacy (usual), freescout, or platform, which is told no address
  --customer-id  the customer's number in Help Scout, for a platform app
  --url          the Callback URL; without it, the server on this machine at PORT (3000)
  --html         print the answer's html as it was sent
  --json         print the request and the answer as JSON
  --curl         ask nothing, print the signed request as a curl command
  --help         print this

The request is signed with HELPSCOUT_SECRET_KEY from the environment or .env, and without one with
the Secret Key of the demo that runs on this machine. A terminal gets colours, unless NO_COLOR is
set; FORCE_COLOR=1 brings them elsewhere, too.`;

const paint = wantsColour(process.env, process.stdout.isTTY) ? inColour : plainly;

/** What the person who asked must do otherwise, in words. */
class AskError extends Error {}

async function ask(args: string[]): Promise<number> {
  const { app, emails, customerId, url, html, json, curl, help } = readArguments(args);
  if (help) {
    console.log(usage);
    return 0;
  }
  const isFreeScout = app === 'freescout';
  const body = isFreeScout ? freeScoutBody(emails) : requestBody(emails);
  const header = isFreeScout ? freeScoutHeader : helpScoutHeader;
  const secretKey = await secretKeyFor(url);
  if (customerId !== null)
    url.search += `${url.search ? '&' : ''}${platformQuery(customerId, secretKey)}`;
  if (curl) {
    const posting = () => curlCommand(url.href, body, sign(secretKey, body), header);
    console.log(customerId === null ? posting() : curlCommandToLoad(url.href));
    return 0;
  }
  const asked = customerId === null ? post(url, body, secretKey, header) : load(url);
  const loaded = await asked.catch((error) => {
    throw new AskError(whyNoAnswer(url, error));
  });
  const { status, ms, text } = loaded;
  if (json) {
    const request = customerId === null ? JSON.parse(body) : Object.fromEntries(url.searchParams);
    const printed = { status, ms, request, answer: parse(text) };
    console.log(JSON.stringify(printed, null, 2));
  } else if (html) console.log(htmlIn(text) ?? text);
  else console.log(readable(loaded));
  return status === 200 ? 0 : 1;
}

function readArguments(args: string[]) {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        app: { type: 'string', default: 'legacy' },
        'customer-id': { type: 'string' },
        url: { type: 'string' },
        html: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        curl: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const customerId = readCustomer(values.app, values['customer-id'], positionals);
    if (positionals.length === 0 && customerId === null && !values.help)
      throw new AskError('ask whom? Give an address');
    const notAnAddress = positionals.find((text) => lookupAddresses([text]).length === 0);
    if (notAnAddress !== undefined)
      throw new AskError(
        `"${notAnAddress}" is not an e-mail address, so nobody would be looked up`,
      );
    const port = process.env['PORT'] || '3000';
    const url =
      values.url === undefined
        ? readUrl('PORT', port, `http://127.0.0.1:${port}/helpscout`)
        : readUrl('--url', values.url, values.url);
    return { ...values, emails: positionals, customerId, url };
  } catch (error) {
    throw new AskError(wrongWords(error, 'ask'));
  }
}

/** Whom a platform app would ask for, or null for the others. */
function readCustomer(app: string, id: string | undefined, addresses: string[]): string | null {
  if (!['legacy', 'platform', 'freescout'].includes(app))
    throw new AskError(`--app must be legacy, platform or freescout, but is "${app}"`);
  if (app !== 'platform' && id === undefined) return null;
  if (app !== 'platform') throw new AskError('--customer-id goes with --app platform');
  if (addresses.length > 0) throw new AskError('a platform app is told no address');
  if (!/^\d+$/.test(id ?? ''))
    throw new AskError(`--customer-id must be a number, but is "${id ?? ''}"`);
  return id ?? null;
}

function readUrl(name: string, value: string, address: string): URL {
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol))
    throw new AskError(`${name} must make a web address, but is "${value}"`);
  return new URL(address);
}

async function secretKeyFor(url: URL): Promise<string> {
  const configured = process.env['HELPSCOUT_SECRET_KEY'];
  const secretKey = configured || (await readNote(Number(url.port)));
  if (secretKey) return secretKey;
  const remedy = isLoopback(url.hostname)
    ? `no demo runs on port ${url.port || '80'} of this machine: start it with ${command('demo')}`
    : `only the demo on this machine goes without: set it to the Secret Key of ${url.host}`;
  throw new AskError(`HELPSCOUT_SECRET_KEY is not set, and ${remedy}`);
}

function whyNoAnswer(url: URL, { cause, message }: Error): string {
  const why = cause instanceof Error ? cause.message || String(cause) : message;
  // Without the query, which a platform app's signature is part of.
  return `Nothing answers at ${url.origin}${url.pathname} (${why}): is the server running there?`;
}

/** The status and the durations, then the sidebar, or what the status means. */
function readable({ status, statusText, ms, bytes, text }: Loaded): string {
  const outcome = paint(`${status} ${statusText}`.trim(), status === 200 ? 'green' : 'red');
  const html = htmlIn(text) ?? (text.startsWith('<!doctype html>') ? text : null);
  return [
    `${outcome} · ${ms} ms · ${bytes.toLocaleString('en')} bytes`,
    '',
    status === 200 && html !== null ? toTerminal(html, paint) : meaning(status),
  ].join('\n');
}

function meaning(status: number): string {
  if (status === 403)
    return 'Refused: the server has another Secret Key. HELPSCOUT_SECRET_KEY must be the same here and there.';
  if (status >= 300 && status < 400)
    return 'A redirect, which Help Scout does not follow: use the address that it leads to.';
  if (status >= 500)
    return 'No answer of the sidebar’s: look at the log of the server, and of the proxy before it.';
  return 'That is no sidebar: is this the Callback URL, which ends in /helpscout?';
}

/** The answer as JSON, or as it is when it is none. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

loadEnvironment();
try {
  process.exitCode = await ask(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof AskError ? error.message : error);
  process.exitCode = error instanceof AskError ? 2 : 1;
}
