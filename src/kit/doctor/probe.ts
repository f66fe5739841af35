import { sign } from '../../helpscout/signature.ts';
import * as words from '../../sidebar/words.ts';
import { get, type HttpResponse, htmlIn, post, withQuery } from '../http-client.ts';
import { nobodysNumber, platformQuery, requestBody } from '../request.ts';
import { toTerminal } from '../terminal.ts';

/** Looks an address up as a legacy app would; unsigned without a key. Throws Node's error. */
export function probe(url: URL, secretKey: string | null, email: string): Promise<HttpResponse> {
  const body = requestBody([email]);
  return post(url, body, secretKey === null ? null : sign(secretKey, body));
}

/** Loads the page of a customer who does not exist, as a platform app would. */
export const probePage = (url: URL, secretKey: string | null): Promise<HttpResponse> =>
  get(withQuery(url, platformQuery(nobodysNumber, secretKey)));

/** What is wrong with a response, and what to do; null when nothing is. */
export type Fault = readonly [says: string, todo: string] | null;

const checkWhatAnswers =
  'find out what answers there: another program, a proxy, a firewall or a sign-in page';

/** Of a request that should be refused. */
export function unsignedFault({ status }: HttpResponse): Fault {
  if (status === 403) return null;
  if (status !== 200) return [`${status} instead of 403`, checkWhatAnswers];
  return [
    '200: it answers requests without a signature',
    'take that address off the internet until only this server answers there',
  ];
}

export function signedFault(response: HttpResponse): Fault {
  const fault = statusFault(response);
  if (fault) return fault;
  const html = htmlIn(response.text);
  return html === null ? ['200, but no {"html": …}', checkWhatAnswers] : errorMessageFault(html);
}

export const unsignedPageFault = (response: HttpResponse): Fault =>
  methodFault(response) ?? unsignedFault(response);

/** Of the page for a platform app. */
export function pageFault(response: HttpResponse): Fault {
  const fault = methodFault(response) ?? statusFault(response);
  if (fault) return fault;
  const { headers, text } = response;
  if (!/^text\/html\b/.test(headers['content-type'] ?? ''))
    return ['200, but not an html page: agents would see its source', checkWhatAnswers];
  const policy = String(headers['content-security-policy'] ?? 'no Content-Security-Policy');
  const isOurs = /default-src 'none'.*frame-ancestors https:\/\/secure\.helpscout\.net$/.test(
    policy,
  );
  if (isOurs && headers['x-frame-options'] === undefined) return errorMessageFault(text);
  return [
    `200, but its headers keep Help Scout from framing it: ${policy}`,
    'let the reverse proxy change neither Content-Security-Policy nor X-Frame-Options',
  ];
}

/** Whether that server cannot resolve a customer ID to an account. */
export const lacksCredentials = ({ text }: HttpResponse): boolean =>
  toTerminal(text).includes(words.needsCredentials);

export function redirectFault({ status, headers: { location } }: HttpResponse): Fault {
  if (status < 300 || status > 399) return null;
  return [
    `${status}: a redirect${location ? ` to ${location}` : ''}, which Help Scout does not follow`,
    'give Help Scout the URL that it leads to',
  ];
}

const methodFault = ({ status }: HttpResponse): Fault =>
  status === 405
    ? [
        '405: it supports legacy apps only',
        'update the server there: an app of the App Platform sends GET requests',
      ]
    : null;

function statusFault(response: HttpResponse): Fault {
  const { status } = response;
  if (status === 200) return null;
  if (status === 403)
    return [
      '403: the server rejected the signature: it has a different Secret Key',
      'set HELPSCOUT_SECRET_KEY to the same value here and there; check for a proxy that changes the body',
    ];
  if (status === 404)
    return [
      '404: there is nothing at this path',
      'correct it: the Callback URL ends in /helpscout',
    ];
  return redirectFault(response) ?? [`${status} instead of 200`, checkWhatAnswers];
}

/** The probe's customer does not exist, so "unknown" is what a working API answers. */
const { unknown: _, ...mailboxErrorMessages } = words.mailboxErrorMessages;
const errorMessages = [
  ...Object.values(words.errorMessages),
  ...Object.values(mailboxErrorMessages),
];

/** Of a sidebar that shows an error message instead of an account. */
function errorMessageFault(html: string): Fault {
  const text = toTerminal(html);
  const [ref = ''] = /\b[0-9a-f]{8}\b/.exec(text) ?? [];
  const message = errorMessages.map((toText) => toText(ref)).find((one) => text.includes(one));
  if (message === undefined) return null;
  return [`200, but agents read “${message}”`, `search the log of that server for ${ref}`];
}
