import { type FindAddresses, MailboxError, maxMailboxMs } from '../../helpscout/mailbox-api.ts';
import { nobodysNumber } from '../request.ts';
import { about, type Finding } from './finding.ts';

const credentials = 'HELPSCOUT_APP_ID and HELPSCOUT_APP_SECRET';
const { right, advice, wrong, skipped } = about('Mailbox API');

/** Without credentials, a platform app finds accounts only by $2. */
export function checkWithoutMailbox(
  findsByCustomerId: boolean,
  mustServePlatform: boolean,
): Finding {
  if (findsByCustomerId)
    return skipped(
      'no credentials are set: a platform app finds only customers that $2 matches',
      `for the others, set ${credentials}`,
    );
  const says =
    'no credentials are set, and the query does not use $2: a platform app finds no customer';
  const todo = `set ${credentials}, or use $2 in the query`;
  return mustServePlatform
    ? wrong(says, todo)
    : skipped(`${says}; a legacy app needs neither`, `for a platform app, ${todo}`);
}

/** Requests a customer who does not exist: only Help Scout can say whether credentials are valid. */
export async function checkMailbox(findAddresses: FindAddresses): Promise<Finding> {
  const started = performance.now();
  try {
    await findAddresses(nobodysNumber);
  } catch (error) {
    if (!(error instanceof MailboxError)) throw error;
    if (error.reason !== 'unknown') return failed(error);
  }
  const ms = Math.round(performance.now() - started);
  if (ms <= maxMailboxMs) return right(`accepts the credentials, in ${ms} ms`);
  return advice(
    `accepts the credentials, but in ${ms} ms: the server waits ${maxMailboxMs.toLocaleString('en')} ms`,
    'check the network between this machine and https://api.helpscout.net, then try again',
  );
}

function failed({ reason, class: failure }: MailboxError): Finding {
  if (reason === 'busy')
    return advice(
      `the rate limit is reached (${failure})`,
      'wait a minute; if it persists, find out what else uses the API of this account',
    );
  if (reason !== 'refused')
    return wrong(
      `gives no valid response (${failure})`,
      'let this machine through to https://api.helpscout.net: check firewalls and proxies',
    );
  return wrong(
    `rejects the credentials (${failure})`,
    failure.endsWith('403')
      ? 'the Help Scout account needs a plan with API access, and the application the right to read customers'
      : `compare ${credentials} with the application in Help Scout, character by character`,
  );
}
