import { about, type Finding, skip } from '../../domain/finding.ts';
import { type HttpResponse, timeoutMs } from '../http-client.ts';
import {
  type Fault,
  lacksCredentials,
  pageFault,
  probe,
  probePage,
  redirectFault,
  signedFault,
  unsignedFault,
  unsignedPageFault,
} from './probe.ts';

const dayMs = 86_400_000;
const minCertificateDays = 14;

/** Agents notice a second; the server itself gives up on its database after less than two. */
const slowMs = 1_000;
const tooSlowMs = 2_000;

/** Checks the public URL as a legacy app calls it. Without a Secret Key, signed checks are skipped. */
export async function* checkCallbackUrl(
  url: URL,
  secretKey: string | null,
  nobody: string,
  now: Date,
): AsyncGenerator<Finding, 'answers' | 'silent'> {
  const unsigned = await responseOf(probe(url, null, nobody));
  if (unsigned instanceof Error) {
    const { check, says, todo } = connectionFault(url, unsigned);
    yield about(check).wrong(says, todo);
    if (check !== 'certificate') yield about('certificate').skipped(noResponse);
    yield* skip(['redirect', 'unsigned', 'signed', 'time'], noResponse);
    return 'silent';
  }
  yield checkCertificate(url, unsigned.certificateEnds, now);

  const redirect = redirectFault(unsigned);
  yield findingOf('redirect', redirect, 'none');
  if (redirect) {
    yield* skip(['unsigned', 'signed', 'time'], 'Help Scout does not follow the redirect');
    return 'silent';
  }
  yield findingOf('unsigned', unsignedFault(unsigned), '403 without a signature');

  if (secretKey === null) {
    yield* skip(['signed', 'time'], noSecretKey);
    return 'answers';
  }
  const signed = await responseOf(probe(url, secretKey, nobody));
  if (signed instanceof Error) {
    yield notConnected('signed', url, signed);
    yield about('time').skipped(noResponse);
    return 'answers';
  }
  yield findingOf('signed', signedFault(signed), '200 with a signature, and a sidebar');
  yield checkTime(signed);
  return 'answers';
}

/** Checks the same URL as an agent's browser loads it for a platform app. */
export async function* checkPublicPage(
  url: URL,
  secretKey: string | null,
  mustServePlatform: boolean,
): AsyncGenerator<Finding> {
  const unsigned = await responseOf(probePage(url, null));
  yield unsigned instanceof Error
    ? notConnected('unsigned page', url, unsigned)
    : findingOf('unsigned page', unsignedPageFault(unsigned), '403 without a signature');

  const { right, advice, wrong, skipped } = about('signed page');
  if (secretKey === null) return yield skipped(noSecretKey);
  const signed = await responseOf(probePage(url, secretKey));
  if (signed instanceof Error) return yield notConnected('signed page', url, signed);
  const fault = pageFault(signed);
  if (fault) return yield wrong(...fault);
  if (lacksCredentials(signed))
    return yield (mustServePlatform ? wrong : advice)(
      'that server finds no customer of a platform app, only those of a legacy app',
      'for a platform app, set HELPSCOUT_APP_ID and HELPSCOUT_APP_SECRET there, or use $2 in its query',
    );
  yield right(
    `200 with a signature, and a page that only Help Scout may frame, in ${signed.ms} ms`,
  );
}

const responseOf = (response: Promise<HttpResponse>) =>
  response.catch((error: NodeJS.ErrnoException) => error);

const noSecretKey = 'there is no Secret Key to sign with';
const noResponse = 'there was no response';

const findingOf = (check: string, fault: Fault, says: string): Finding =>
  fault ? about(check).wrong(...fault) : about(check).right(says);

function notConnected(check: string, url: URL, error: NodeJS.ErrnoException): Finding {
  const { says, todo } = connectionFault(url, error);
  return about(check).wrong(says, todo);
}

/** The check that a connection error is about, what it means and what to do. */
function connectionFault({ host }: URL, error: NodeJS.ErrnoException) {
  const code = error.code ?? error.name;
  if (code === 'ABORT_ERR')
    return {
      check: 'Callback URL',
      says: `${host} did not respond within ${timeoutMs / 1000} seconds`,
      todo: 'let Help Scout through: check firewalls, and the reverse proxy of the server',
    };
  const certificate = certificateFaults.find(([codes]) => codes.test(code));
  if (certificate) {
    const [, says, todo] = certificate;
    return { check: 'certificate', says: `${host}: ${says} (${code})`, todo };
  }
  return {
    check: 'Callback URL',
    says: `Cannot connect to ${host} (${code})`,
    todo: 'correct the URL, or start the server and its reverse proxy',
  };
}

const certificateFaults: readonly (readonly [RegExp, string, string])[] = [
  [
    /SELF_SIGNED/,
    'the certificate is signed by an authority that Help Scout does not know',
    'get one from a public authority, such as Let’s Encrypt',
  ],
  [/CERT_HAS_EXPIRED/, 'the certificate has expired', 'renew it, and automate its renewal'],
  [/ALTNAME/, 'the certificate is for another name', 'get one for this name'],
  [/UNABLE_TO/, 'intermediate certificates are missing', 'send the whole chain (fullchain.pem)'],
  [/CERT|SSL|TLS/, 'the TLS handshake failed', 'check the TLS settings of the reverse proxy'],
];

export function checkCertificate(url: URL, ends: Date | null, now: Date): Finding {
  const { right, advice, wrong } = about('certificate');
  if (ends === null)
    return wrong(
      `${url.protocol}// has none: customers' addresses would travel unencrypted`,
      'give Help Scout an https URL',
    );
  const days = Math.floor((ends.getTime() - now.getTime()) / dayMs);
  if (days < minCertificateDays)
    return advice(`expires in ${days} days`, 'make sure that it is renewed automatically');
  return right(`good for another ${days} days`);
}

function checkTime({ ms }: HttpResponse): Finding {
  const { right, advice, wrong } = about('time');
  const todo = 'find the delay: the distance, the reverse proxy, a server that sleeps';
  if (ms > tooSlowMs) return wrong(`${ms} ms: agents do not wait that long`, todo);
  if (ms > slowMs) return advice(`${ms} ms, which agents notice`, todo);
  return right(`${ms} ms, with a new connection`);
}
