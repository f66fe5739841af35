import { type HttpResponse, timeoutMs } from '../http-client.ts';
import { about, type Finding, skip } from './finding.ts';
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

const noSecretKey = 'there is no Secret Key to sign with';

/** Checks the public URL as Help Scout calls it. Returns why it checks no further. */
export async function* checkCallbackUrl(
  url: URL,
  secretKey: string | null,
  app: 'legacy' | 'platform' | null,
  nobody: string,
  now: Date,
): AsyncGenerator<Finding, string | undefined> {
  try {
    const unsigned = await probe(url, null, nobody);
    yield checkCertificate(url, unsigned.certificateEnds, now);
    const redirect = redirectFault(unsigned);
    yield findingOf('redirect', redirect, 'none');
    if (redirect) return 'Help Scout does not follow the redirect';
    yield findingOf('unsigned', unsignedFault(unsigned), '403 without a signature');
    if (secretKey !== null) {
      const signed = await probe(url, secretKey, nobody);
      yield findingOf('signed', signedFault(signed), '200 with a signature, and a sidebar');
      yield checkTime(signed);
    } else yield* skip(['signed', 'time'], noSecretKey);

    if (app === 'legacy') return undefined;
    const fault = unsignedPageFault(await probePage(url, null));
    yield findingOf('unsigned page', fault, '403 without a signature');
    if (secretKey === null) return noSecretKey;
    yield checkSignedPage(await probePage(url, secretKey), app === 'platform');
    return undefined;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    yield connectionFault(url, String(error.code));
    return 'there was no response';
  }
}

function checkSignedPage(page: HttpResponse, mustServePlatform: boolean): Finding {
  const { advice, wrong } = about('signed page');
  const fault = pageFault(page);
  if (!fault && lacksCredentials(page))
    return (mustServePlatform ? wrong : advice)(
      'that server finds no customer of a platform app, only those of a legacy app',
      'for a platform app, set HELPSCOUT_APP_ID and HELPSCOUT_APP_SECRET there, or use $2 in its query',
    );
  const says = `200 with a signature, and a page that only Help Scout may frame, in ${page.ms} ms`;
  return findingOf('signed page', fault, says);
}

const findingOf = (check: string, fault: Fault, says: string): Finding =>
  fault ? about(check).wrong(...fault) : about(check).right(says);

function connectionFault({ host }: URL, code: string): Finding {
  const { wrong } = about('Callback URL');
  if (code === 'ABORT_ERR')
    return wrong(
      `${host} did not respond within ${timeoutMs / 1000} seconds`,
      'let Help Scout through: check firewalls, and the reverse proxy of the server',
    );
  const [, says, todo] = certificateFaults.find(([codes]) => codes.test(code)) ?? [];
  if (says !== undefined) return about('certificate').wrong(`${host}: ${says} (${code})`, todo);
  return wrong(
    `Cannot connect to ${host} (${code})`,
    'correct the URL, or start the server and its reverse proxy',
  );
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
