import { command } from '../domain/command.ts';
import { lookupAddresses } from '../helpscout/conversation.ts';
import { sign } from '../helpscout/signature.ts';
import { isLoopback } from '../http/listen.ts';
import { loadEnvironment } from '../server/environment.ts';
import { readOptions, readUrl, runTool, UsageError } from './command-line.ts';
import { curlCommand, curlCommandToLoad } from './curl.ts';
import { readNote } from './demo/running-demo.ts';
import {
  freeScoutHeader,
  get,
  type HttpResponse,
  helpScoutHeader,
  htmlIn,
  post,
  timeoutMs,
  withQuery,
} from './http-client.ts';
import { freeScoutBody, platformQuery, requestBody } from './request.ts';
import { paint, toTerminal } from './terminal.ts';

const usage = `Sends a signed request to the running server, as Help Scout would, and prints the sidebar.

  ${command('ask', 'ADDRESS [ADDRESS …] [--app freescout] [--url URL] [--html | --json | --curl]')}
  ${command('ask', '--app platform --customer-id ID [--url URL] [--html | --json | --curl]')}

  ADDRESS        an e-mail address of the customer, the preferred one first
  --app          the kind of app: legacy (the default), freescout, or platform, whose requests contain
                 the customer's ID and no address
  --customer-id  the customer's ID in Help Scout, for a platform app
  --url          the Callback URL (default: the server on this machine at PORT, or 3000)
  --html         print the html of the response
  --json         print the request and the response as JSON
  --curl         send nothing, print the signed request as a curl command
  --help         print this

HELPSCOUT_SECRET_KEY, from the environment or .env, signs the request. If it is not set, the Secret
Key of the demo that runs on this machine does. Output to a terminal is coloured; NO_COLOR=1 turns
colours off, FORCE_COLOR=1 turns them on elsewhere.`;

async function ask(args: string[]): Promise<number> {
  const { app, emails, customerId, url, html, json, curl, help } = readArguments(args);
  if (help) {
    console.log(usage);
    return 0;
  }
  const secretKey = await secretKeyFor(url);
  const request =
    customerId === null
      ? legacyRequest(url, emails, app === 'freescout', secretKey)
      : platformRequest(withQuery(url, platformQuery(customerId, secretKey)));
  if (curl) {
    console.log(request.curl);
    return 0;
  }
  const response = await request.send().catch((error) => {
    throw new UsageError(connectionMessage(url, error));
  });
  const { status, ms, text } = response;
  if (json)
    console.log(
      JSON.stringify({ status, ms, request: request.content, answer: parse(text) }, null, 2),
    );
  else if (html) console.log(htmlIn(text) ?? text);
  else console.log(readable(response));
  return status === 200 ? 0 : 1;
}

/** What to send, the same as a curl command, and its content for --json. */
type Request = { send: () => Promise<HttpResponse>; curl: string; content: unknown };

function legacyRequest(
  url: URL,
  emails: string[],
  isFreeScout: boolean,
  secretKey: string,
): Request {
  const body = isFreeScout ? freeScoutBody(emails) : requestBody(emails);
  const header = isFreeScout ? freeScoutHeader : helpScoutHeader;
  const signature = sign(secretKey, body);
  return {
    send: () => post(url, body, signature, header),
    curl: curlCommand(url.href, body, signature, header),
    content: JSON.parse(body),
  };
}

const platformRequest = (url: URL): Request => ({
  send: () => get(url),
  curl: curlCommandToLoad(url.href),
  content: Object.fromEntries(url.searchParams),
});

function readArguments(args: string[]) {
  const { values, positionals: emails } = readOptions(
    'ask',
    args,
    {
      app: { type: 'string', default: 'legacy' },
      'customer-id': { type: 'string' },
      url: { type: 'string' },
      html: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      curl: { type: 'boolean', default: false },
    },
    true,
  );
  const customerId = readCustomerId(values.app, values['customer-id'], emails);
  if (emails.length === 0 && customerId === null && !values.help)
    throw new UsageError('An e-mail address of the customer is missing.', 'ask');
  const invalid = emails.find((text) => lookupAddresses([text]).length === 0);
  if (invalid !== undefined) throw new UsageError(`"${invalid}" is not an e-mail address.`, 'ask');
  const port = process.env['PORT'] || '3000';
  if (values.url === undefined && !URL.canParse(`http://127.0.0.1:${port}`))
    throw new UsageError(`PORT must be a port number, but is "${port}".`, 'ask');
  const url = readUrl(values.url ?? `http://127.0.0.1:${port}/helpscout`, '--url', 'ask');
  return { ...values, emails, customerId, url };
}

/** The customer of a platform app; null for the other kinds. */
function readCustomerId(app: string, id: string | undefined, emails: string[]): string | null {
  if (!['legacy', 'platform', 'freescout'].includes(app))
    throw new UsageError(`--app must be legacy, platform or freescout, but is "${app}".`, 'ask');
  if (app !== 'platform' && id === undefined) return null;
  if (app !== 'platform') throw new UsageError('--customer-id needs --app platform.', 'ask');
  if (emails.length > 0)
    throw new UsageError('--app platform takes no e-mail address: use --customer-id.', 'ask');
  if (!/^\d+$/.test(id ?? ''))
    throw new UsageError(`--customer-id must be a number, but is "${id ?? ''}".`, 'ask');
  return id ?? null;
}

async function secretKeyFor(url: URL): Promise<string> {
  const secretKey = process.env['HELPSCOUT_SECRET_KEY'] || (await readNote(Number(url.port)));
  if (secretKey) return secretKey;
  throw new UsageError(
    isLoopback(url.hostname)
      ? `HELPSCOUT_SECRET_KEY is not set, and no demo runs on port ${url.port || '80'} of this machine. Set it, or start the demo: ${command('demo')}`
      : `HELPSCOUT_SECRET_KEY is not set. Set it to the Secret Key of ${url.host}.`,
  );
}

/** Without the query, which a platform app's signature is part of. */
function connectionMessage({ origin, pathname }: URL, { message, code }: NodeJS.ErrnoException) {
  const why = code === 'ABORT_ERR' ? `no response in ${timeoutMs / 1000} seconds` : message || code;
  return `Cannot connect to ${origin}${pathname} (${why}). Is the server running?`;
}

/** The status and the duration, then the sidebar or what the status means. */
function readable({ status, statusText, ms, bytes, text }: HttpResponse): string {
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
    return 'The server rejected the signature: it has a different Secret Key. Set HELPSCOUT_SECRET_KEY to the same value here and there.';
  if (status >= 300 && status < 400)
    return 'A redirect, which Help Scout does not follow: use the URL that it leads to.';
  if (status >= 500) return 'The server or its reverse proxy failed: look at their logs.';
  return 'This is not a sidebar: check the Callback URL, which ends in /helpscout.';
}

/** JSON, or the text itself when it is none. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

loadEnvironment();
await runTool(ask);
