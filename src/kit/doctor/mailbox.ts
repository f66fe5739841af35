import { about, type Finding } from '../../domain/finding.ts';
import { type FindAddresses, MailboxError, maxMailboxMs } from '../../helpscout/mailbox-api.ts';
import { nobodysNumber } from '../request.ts';

const credentials = 'HELPSCOUT_APP_ID and HELPSCOUT_APP_SECRET';

/** Without credentials: whether a platform app can know a customer all the same. */
export function checkWithoutMailbox(findsByNumber: boolean, mustServePlatform: boolean): Finding {
  const { skipped, wrong } = about('Mailbox API');
  if (findsByNumber)
    return skipped(
      'no credentials are set: a platform app knows those whom $2 finds, and nobody else',
      `for the others, set ${credentials}`,
    );
  const says =
    'no credentials are set, and the query does not name $2: a platform app knows nobody';
  const todo = `set ${credentials}, or name $2 in the query`;
  return mustServePlatform
    ? wrong(says, todo)
    : skipped(`${says}, and a legacy app needs neither`, `for a platform app, ${todo}`);
}

/** Asks for a customer whom nobody has: only who takes the credentials can say so. */
export async function checkMailbox(findAddresses: FindAddresses): Promise<Finding> {
  const { right, advice, wrong } = about('Mailbox API');
  const started = performance.now();
  const failure = await failureOf(findAddresses);
  const ms = Math.round(performance.now() - started);

  if (failure === null || failure.reason === 'unknown')
    return ms <= maxMailboxMs
      ? right(`takes the credentials, in ${ms} ms`)
      : advice(
          `takes the credentials, but in ${ms} ms: agents wait for it ${maxMailboxMs.toLocaleString('en')} ms`,
          'look at the way from here to https://api.helpscout.net, and ask again',
        );
  switch (failure.reason) {
    case 'refused':
      return wrong(
        `refuses the credentials (${failure.class})`,
        failure.class.endsWith('403')
          ? 'the Help Scout account needs a plan with API access, and the application the right to read customers'
          : `compare ${credentials} with the application in Help Scout, and do so to the letter`,
      );
    case 'busy':
      return advice(
        `takes no more questions at this moment (${failure.class})`,
        'wait a minute; if it goes on, find out what else asks it: it allows so many calls a minute',
      );
    default:
      return wrong(
        `gives no answer that can be read (${failure.class})`,
        'let this machine through to https://api.helpscout.net: look at firewalls and proxies',
      );
  }
}

async function failureOf(findAddresses: FindAddresses): Promise<MailboxError | null> {
  try {
    await findAddresses(nobodysNumber);
    return null;
  } catch (error) {
    if (error instanceof MailboxError) return error;
    throw error;
  }
}
