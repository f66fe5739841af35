import { about, type Finding, skip } from '../../domain/finding.ts';
import {
  type Answer,
  type Fault,
  knowsNobody,
  load,
  pageFault,
  redirectFault,
  sendProbe,
  signedFault,
  timeoutMs,
  unsignedFault,
  unsignedPageFault,
} from './probe.ts';

const dayMs = 86_400_000;
const certificateDays = 14;

/** Agents notice a second; the server itself gives up on its database after less than two. */
const slowMs = 1_000;
const tooSlowMs = 2_000;

/** The public address as a legacy app meets it. Without a Secret Key nothing is asked that needs one. */
export async function* checkCallbackUrl(
  url: URL,
  secretKey: string | null,
  nobody: string,
  now: Date,
): AsyncGenerator<Finding, 'answers' | 'silent'> {
  const refused = await answerOf(sendProbe(url, null, nobody));
  if (refused instanceof Error) {
    const [check, says, todo] = noAnswer(url, refused);
    yield about(check).wrong(says, todo);
    if (check !== 'certificate') yield about('certificate').skipped(noAnswerText);
    yield* skip(['redirect', 'unsigned', 'signed', 'time'], noAnswerText);
    return 'silent';
  }
  yield checkCertificate(url, refused.certificateEnds, now);

  const redirect = redirectFault(refused);
  yield verdict('redirect', redirect, 'none');
  if (redirect) {
    yield* skip(['unsigned', 'signed', 'time'], 'Help Scout goes no further');
    return 'silent';
  }
  yield verdict('unsigned', unsignedFault(refused), '403 without a signature');

  if (secretKey === null) {
    yield* skip(['signed', 'time'], noKeyText);
    return 'answers';
  }
  const signed = await answerOf(sendProbe(url, secretKey, nobody));
  if (signed instanceof Error) {
    yield about('signed').wrong(...remedyOf(url, signed));
    yield about('time').skipped(noAnswerText);
    return 'answers';
  }
  yield verdict('signed', signedFault(signed), '200 with a signature, and a sidebar');
  yield checkTime(signed);
  return 'answers';
}

/** The same as the browser of an agent meets it, for a platform app. */
export async function* checkPublicPage(
  url: URL,
  secretKey: string | null,
  mustServePlatform: boolean,
): AsyncGenerator<Finding> {
  const refused = await answerOf(load(url, null));
  yield refused instanceof Error
    ? about('unsigned page').wrong(...remedyOf(url, refused))
    : verdict('unsigned page', unsignedPageFault(refused), '403 without a signature');

  const { right, advice, wrong, skipped } = about('signed page');
  if (secretKey === null) return yield skipped(noKeyText);
  const signed = await answerOf(load(url, secretKey));
  if (signed instanceof Error) return yield wrong(...remedyOf(url, signed));
  const fault = pageFault(signed);
  if (fault) return yield wrong(...fault);
  if (knowsNobody(signed))
    return yield (mustServePlatform ? wrong : advice)(
      'that server knows no customer of a platform app, though all of a legacy app',
      'for a platform app, set HELPSCOUT_APP_ID and HELPSCOUT_APP_SECRET there, or name $2 in its query',
    );
  yield right(
    `200 with a signature, and a page that Help Scout alone may frame, in ${signed.ms} ms`,
  );
}

const answerOf = (answer: Promise<Answer>): Promise<Answer | NodeJS.ErrnoException> =>
  answer.catch((error: NodeJS.ErrnoException) => error);

const noKeyText = 'there is no Secret Key to sign with';
const noAnswerText = 'there was no answer';

const verdict = (check: string, fault: Fault, says: string): Finding =>
  fault ? about(check).wrong(...fault) : about(check).right(says);

/** Which check an error is about, what it means and what to do. */
function noAnswer(url: URL, error: NodeJS.ErrnoException): [string, string, string] {
  const code = error.code ?? error.name;
  if (error.name === 'TimeoutError' || error.name === 'AbortError' || code === 'ABORT_ERR')
    return [
      'Callback URL',
      `${url.host} gave no answer within ${timeoutMs / 1000} seconds`,
      'let Help Scout through: look at firewalls, and at the proxy in front of the server',
    ];
  const certificate = certificateFaults.find(([codes]) => codes.test(code));
  if (certificate)
    return ['certificate', `${url.host}: ${certificate[1]} (${code})`, certificate[2]];
  return [
    'Callback URL',
    `nothing answers at ${url.host} (${code})`,
    'correct the address, or start the server and the proxy in front of it',
  ];
}

function remedyOf(url: URL, error: NodeJS.ErrnoException): [string, string] {
  const [, says, todo] = noAnswer(url, error);
  return [says, todo];
}

const certificateFaults: readonly (readonly [RegExp, string, string])[] = [
  [
    /SELF_SIGNED/,
    'the certificate is signed by nobody that Help Scout knows',
    'get one from a public authority, such as Let’s Encrypt',
  ],
  [/CERT_HAS_EXPIRED/, 'the certificate has expired', 'renew it, and let it renew by itself'],
  [/ALTNAME/, 'the certificate is for another name', 'get one for this name'],
  [
    /UNABLE_TO/,
    'the certificate comes without those that it hangs on',
    'send the whole chain (fullchain.pem)',
  ],
  [
    /CERT|SSL|TLS/,
    'no secure connection comes about',
    'look at the TLS of the proxy in front of the server',
  ],
];

export function checkCertificate(url: URL, ends: Date | null, now: Date): Finding {
  const { right, advice, wrong } = about('certificate');
  if (ends === null)
    return wrong(
      `${url.protocol}// has none: customers' addresses would travel readably`,
      'give Help Scout an https address',
    );
  const days = Math.floor((ends.getTime() - now.getTime()) / dayMs);
  if (days < certificateDays)
    return advice(`good for another ${days} days only`, 'see to it that it renews by itself');
  return right(`good for another ${days} days`);
}

function checkTime({ ms }: Answer): Finding {
  const { right, advice, wrong } = about('time');
  const todo = 'look for the delay in between: the distance, the proxy, a server that sleeps';
  if (ms > tooSlowMs) return wrong(`${ms} ms: agents have read on by then`, todo);
  if (ms > slowMs) return advice(`${ms} ms, which agents notice`, todo);
  return right(`${ms} ms, with a new connection`);
}
