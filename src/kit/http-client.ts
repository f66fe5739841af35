import {
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  STATUS_CODES,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import { TLSSocket } from 'node:tls';

/** The response to one request, sent as Help Scout would: redirects are not followed. */
export type HttpResponse = {
  status: number;
  statusText: string;
  headers: IncomingHttpHeaders;
  text: string;
  bytes: number;
  /** From the DNS lookup to the last byte. */
  ms: number;
  /** The last day of the certificate; null without TLS. */
  certificateEnds: Date | null;
};

/** How long Help Scout waits is not documented; no agent waits longer. */
export const timeoutMs = 10_000;
const maxLength = 1024 * 1024;

export const helpScoutHeader = 'X-HelpScout-Signature';
export const freeScoutHeader = 'X-FREESCOUT-SIGNATURE';

/** Posts as a legacy app does; unsigned without a signature. Throws Node's error. */
export function post(
  url: URL,
  body: string,
  signature: string | null,
  header = helpScoutHeader,
): Promise<HttpResponse> {
  return send(url, 'POST', body, {
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(body)),
    ...(signature !== null && { [header]: signature }),
  });
}

/** Loads a page as a platform app's frame does. Throws Node's error. */
export const get = (url: URL): Promise<HttpResponse> => send(url, 'GET', '', {});

/** Adds Help Scout's parameters to a Callback URL, which may have some of its own. */
export function withQuery(url: URL, query: string): URL {
  const longer = new URL(url);
  longer.search += `${url.search ? '&' : ''}${query}`;
  return longer;
}

/** The html of a legacy app's response, or null when it has none. */
export function htmlIn(text: string): string | null {
  try {
    const { html } = JSON.parse(text);
    return typeof html === 'string' ? html : null;
  } catch {
    return null;
  }
}

function send(
  url: URL,
  method: string,
  body: string,
  headers: Record<string, string>,
): Promise<HttpResponse> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      method,
      // A new connection each time, so that the duration includes connecting.
      agent: false,
      signal: AbortSignal.timeout(timeoutMs),
      headers,
    });
    request.on('error', reject);
    request.on('response', (response) => read(response, started).then(resolve, reject));
    request.end(body);
  });
}

async function read(response: IncomingMessage, started: number): Promise<HttpResponse> {
  const { socket, headers, statusCode: status = 0 } = response;
  // The certificate is gone once the body has been read.
  const certificateEnds =
    socket instanceof TLSSocket ? new Date(socket.getPeerCertificate().valid_to) : null;
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response) {
    text += chunk;
    if (text.length > maxLength) break;
  }
  const bytes = Buffer.byteLength(text);
  const ms = Math.round((performance.now() - started) * 10) / 10;
  const statusText = STATUS_CODES[status] ?? '';
  return { status, statusText, headers, text, bytes, ms, certificateEnds };
}
