import { lookupAddresses } from '../helpscout/conversation.ts';
import { sign } from '../helpscout/signature.ts';
import { isLoopback } from '../http/listen.ts';
import { command } from './command.ts';
import { readUrl, runTool, UsageError, type Values, withOptions } from './command-line.ts';
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
  ${command('ask', 'ADDRESS [ADDRESS …] [--role ROLE] [--inbox ADDRESS]')}
  ${command('ask', '--app platform --customer-id ID [--url URL] [--html | --json | --curl]')}

  ADDRESS        an e-mail address of the customer, the preferred one first
  --app          the kind of app: legacy (the default), freescout, or platform, whose requests contain
                 the customer's ID and no address
  --customer-id  the customer's ID in Help Scout, for a platform app
  --role         the agent's role, which a query reads as $3 ->> 'role' (default: user)
  --inbox        the address of the inbox that the conversation is in
  --url          the Callback URL (default: the server on this machine at PORT, or 3000)
  --html         print the html of the response
  --json         print the request and the response as JSON
  --curl         send nothing, print the signed request as a curl command
  --help         print this

HELPSCOUT_SECRET_KEY, from the environment or .env, signs the request. If it is not set, the Secret
Key of the demo that runs on this machine does. Output to a terminal is coloured; NO_COLOR=1 turns
colours off, FORCE_COLOR=1 turns them on elsewhere.`;

const options = {
  app: { type: 'string', default: 'legacy' },
  'customer-id': { type: 'string', default: '' },
  role: { type: 'string' },
  inbox: { type: 'string' },
  url: { type: 'string' },
  html: { type: 'boolean' },
  json: { type: 'boolean' },
  curl: { type: 'boolean' },
} as const;

async function ask(values: Values<typeof options>, emails: string[]): Promise<number> {
  const { app, 'customer-id': customerId, html, json, curl } = values;
  const mistake = mistakeIn(values, emails);
  if (mistake !== null) throw new UsageError(mistake, 'ask');
  const ownUrl = `http://127.0.0.1:${process.env['PORT'] || '3000'}/helpscout`;
  const url = readUrl(values.url ?? ownUrl, 'ask');
  const secretKey = await secretKeyFor(url);
  const request =
    app === 'platform'
      ? platformRequest(withQuery(url, platformQuery(customerId, secretKey)))
      : app === 'freescout'
        ? legacyRequest(url, freeScoutBody(emails), freeScoutHeader, secretKey)
        : legacyRequest(url, requestBody(emails, values), helpScoutHeader, secretKey);
  if (curl) {
    console.log(request.curl);
    return 0;
  }
  const response = await request.send().catch((error) => {
    throw new UsageError(connectionMessage(url, error));
  });
  const { status, ms, text } = response;
  const all = { status, ms, request: request.content, answer: parse(text) };
  if (json) console.log(JSON.stringify(all, null, 2));
  else console.log(html ? (htmlIn(text) ?? text) : readable(response));
  return status === 200 ? 0 : 1;
}

function legacyRequest(url: URL, body: string, header: string, secretKey: string) {
  const signature = sign(secretKey, body);
  return {
    send: () => post(url, body, signature, header),
    curl: curlCommand(url.href, body, signature, header),
    content: JSON.parse(body),
  };
}

const platformRequest = (url: URL) => ({
  send: () => get(url),
  curl: curlCommandToLoad(url.href),
  content: Object.fromEntries(url.searchParams),
});

function mistakeIn(values: Values<typeof options>, emails: string[]): string | null {
  const { app, 'customer-id': customerId, role, inbox } = values;
  if ((role ?? inbox) !== undefined && app !== 'legacy')
    return '--role and --inbox need --app legacy.';
  if (app === 'platform') {
    if (emails.length > 0) return '--app platform takes no e-mail address: use --customer-id.';
    if (/^\d+$/.test(customerId)) return null;
    return `--customer-id must be a number, but is "${customerId}".`;
  }
  if (app !== 'legacy' && app !== 'freescout')
    return `--app must be legacy, platform or freescout, but is "${app}".`;
  if (customerId !== '') return '--customer-id needs --app platform.';
  if (emails.length === 0) return 'An e-mail address of the customer is missing.';
  const invalid = emails.find((text) => lookupAddresses([text]).length === 0);
  return invalid === undefined ? null : `"${invalid}" is not an e-mail address.`;
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
  const content = status === 200 && html !== null ? toTerminal(html, paint) : meaning(status);
  return `${outcome} · ${ms} ms · ${bytes.toLocaleString('en')} bytes\n\n${content}`;
}

function meaning(status: number): string {
  if (status === 403)
    return 'The server rejected the signature: it has a different Secret Key. Set HELPSCOUT_SECRET_KEY to the same value here and there.';
  if (status >= 300 && status < 400)
    return 'A redirect, which Help Scout does not follow: use the URL that it leads to.';
  if (status >= 500) return 'The server or its reverse proxy failed: look at their logs.';
  return 'This is not a sidebar: check the Callback URL, which ends in /helpscout.';
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

await runTool(withOptions('ask', usage, options, ask, true));
