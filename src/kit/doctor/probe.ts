import { type IncomingHttpHeaders, type IncomingMessage, request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';
import { TLSSocket } from 'node:tls';
import { sign } from '../../helpscout/signature.ts';
import * as words from '../../sidebar/words.ts';
import { nobodysNumber, platformQuery, requestBody } from '../request.ts';
import { toTerminal } from '../terminal.ts';

/** What a door answered to one request, on a connection of its own. */
export type Answer = {
  status: number;
  /** Where a redirect leads. */
  location: string | null;
  headers: IncomingHttpHeaders;
  text: string;
  /** From the look-up of the host to the last byte. */
  ms: number;
  /** The last day of the certificate; null without TLS. */
  certificateEnds: Date | null;
};

/** How long Help Scout waits is not known. Agents wait no longer than that. */
export const timeoutMs = 10_000;
const mostBytes = 1024 * 1024;

/** Asks who has this address, as a legacy app would, or without a signature. Throws Node's error. */
export function sendProbe(url: URL, secretKey: string | null, address: string): Promise<Answer> {
  const body = requestBody([address]);
  return send(url, 'POST', body, {
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(body)),
    ...(secretKey !== null && { 'X-HelpScout-Signature': sign(secretKey, body) }),
  });
}

/** Loads nobody's page, as a platform app would, or without a signature. Throws Node's error. */
export function load(url: URL, secretKey: string | null): Promise<Answer> {
  const sent = new URL(url);
  sent.search += `${url.search ? '&' : ''}${platformQuery(nobodysNumber, secretKey)}`;
  return send(sent, 'GET', '', {});
}

function send(
  url: URL,
  method: string,
  body: string,
  headers: Record<string, string>,
): Promise<Answer> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? overHttps : overHttp)(url, {
      method,
      // A new connection each time: Help Scout's, too, may be new.
      agent: false,
      signal: AbortSignal.timeout(timeoutMs),
      headers,
    });
    request.on('error', reject);
    request.on('response', async (response) => {
      try {
        resolve({
          status: response.statusCode ?? 0,
          location: response.headers.location ?? null,
          headers: response.headers,
          certificateEnds: certificateEnds(response),
          text: await textOf(response),
          ms: Math.round((performance.now() - started) * 10) / 10,
        });
      } catch (error) {
        reject(error);
      }
    });
    request.end(body);
  });
}

function certificateEnds({ socket }: IncomingMessage): Date | null {
  return socket instanceof TLSSocket ? new Date(socket.getPeerCertificate().valid_to) : null;
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response) {
    text += chunk;
    if (text.length > mostBytes) break;
  }
  return text;
}

/** What is wrong with an answer, and what to do; null when nothing is. */
export type Fault = readonly [says: string, todo: string] | null;

export function redirectFault({ status, location }: Answer): Fault {
  if (status < 300 || status > 399) return null;
  return [
    `${status}: it redirects${location === null ? '' : ` to ${location}`}, and Help Scout does not follow`,
    'give Help Scout the address that it leads to',
  ];
}

export function unsignedFault({ status }: Answer): Fault {
  if (status === 403) return null;
  if (status === 200)
    return [
      '200: it answers whoever asks, without a signature',
      'let nothing but this server answer there, and take the address off the internet until then',
    ];
  return [`${status} instead of 403`, whoElse];
}

export function signedFault(answer: Answer): Fault {
  const fault = statusFault(answer);
  if (fault) return fault;
  const html = htmlIn(answer.text);
  return html === null ? ['200, but no {"html": …}', whoElse] : apologyFault(html);
}

export function unsignedPageFault(answer: Answer): Fault {
  return isForLegacyAlone(answer) ? forLegacyAlone : unsignedFault(answer);
}

/** Of the page that a platform app is given. */
export function pageFault(answer: Answer): Fault {
  if (isForLegacyAlone(answer)) return forLegacyAlone;
  const fault = statusFault(answer);
  if (fault) return fault;
  const { headers, text } = answer;
  if (!/^text\/html\b/.test(headers['content-type'] ?? ''))
    return ['200, but no page: agents would see its source', whoElse];
  const policy = String(headers['content-security-policy'] ?? '');
  const isOurs =
    policy.includes("default-src 'none'") &&
    policy.endsWith('frame-ancestors https://secure.helpscout.net');
  if (!isOurs || headers['x-frame-options'] !== undefined)
    return [
      `200, but Help Scout may not frame it as it is: ${policy === '' ? 'no Content-Security-Policy' : policy}`,
      'let the proxy in front of the server change neither Content-Security-Policy nor X-Frame-Options',
    ];
  return apologyFault(text);
}

/** Whether that server has no way from a customer's number to an account. */
export const knowsNobody = ({ text }: Answer): boolean =>
  toTerminal(text).includes(words.needsCredentials);

const isForLegacyAlone = ({ status }: Answer) => status === 405;
const forLegacyAlone: Fault = [
  '405: it speaks to legacy apps alone',
  'let this version of the server answer there: an app of the App Platform asks by GET',
];

/** What keeps a signed request from being answered 200. */
function statusFault(answer: Answer): Fault {
  const redirect = redirectFault(answer);
  if (redirect) return redirect;
  const { status } = answer;
  if (status === 403)
    return [
      '403: it does not take our signature',
      'set HELPSCOUT_SECRET_KEY to the same here and there; look for a proxy that changes the body',
    ];
  if (status === 404)
    return ['404: there is nothing at this path', 'the Callback URL ends in /helpscout, exactly'];
  return status === 200 ? null : [`${status} instead of 200`, whoElse];
}

/** An API that does not know our customer whom nobody has is as it should be. */
const { unknown: _, ...mailboxErrorMessages } = words.mailboxErrorMessages;
const errorMessages = [
  ...Object.values(words.errorMessages),
  ...Object.values(mailboxErrorMessages),
];

function apologyFault(html: string): Fault {
  const said = toTerminal(html);
  const [ref = ''] = /\b[0-9a-f]{8}\b/.exec(said) ?? [];
  const apology = errorMessages
    .map((apologize) => apologize(ref))
    .find((text) => said.includes(text));
  if (apology === undefined) return null;
  return [`200, but agents read “${apology}”`, `search the log of that server for ${ref}`];
}

const whoElse =
  'find out what answers there: another program, or a proxy, a firewall or a sign-in in between';

function htmlIn(text: string): string | null {
  try {
    const { html } = JSON.parse(text);
    return typeof html === 'string' ? html : null;
  } catch {
    return null;
  }
}
