import type { Config } from '../../server/config.ts';
import { type NodeRelease, nodeRemedy } from '../../server/node-release.ts';
import type { ToSidebar } from '../../sidebar/sidebar.ts';
import { compileViews, ViewError } from '../../sidebar/views.ts';
import { about, type Finding } from './finding.ts';

// What can be checked without a connection.

/** Whether Node itself still gets security fixes, and which time-zone data it has. */
export function checkNode(release: NodeRelease): Finding {
  const { supportedUntil, isSupported } = release;
  const { right, advice } = about('Node');
  const version = `Node ${release.version}`;
  const data = `time-zone data ${release.timeZoneData ?? 'unknown'}`;
  if (!isSupported)
    return advice(`${version} reached its end of life on ${supportedUntil}, ${data}`, nodeRemedy);
  const known = supportedUntil && `supported until ${supportedUntil}`;
  return right(`${version}, ${known ?? 'newer than this sidebar knows'}, ${data}`);
}

/** All settings but the two that have a check of their own. */
export function checkSettings(config: Config, problems: readonly string[]): Finding[] {
  const { right, wrong } = about('settings');
  const others = problems.filter((one) => !/^(HELPSCOUT_SECRET_KEY|DATABASE_URL) /.test(one));
  if (others.length > 0) return others.map((problem) => wrong(...saysAndTodo(problem)));
  const { production, host, port, locale, accountQueryFile, viewsDir } = config;
  const mode = production ? 'production' : 'not production';
  return [right([mode, `${host}:${port}`, locale, accountQueryFile, viewsDir].join(', '))];
}

/** Shows the length of the Secret Key, and nothing else of it. */
export function checkSecret(
  { secretKeys: { secretKey, previous } }: Config,
  problems: readonly string[],
  isSet: boolean,
  now: Date,
): Finding {
  const { right, advice, wrong } = about('secret');
  const problem = problems.find((one) => one.startsWith('HELPSCOUT_SECRET_KEY '));
  if (problem !== undefined) return wrong(...saysAndTodo(problem));
  if (!isSet)
    return advice(
      'HELPSCOUT_SECRET_KEY is not set: the demo generates one for each run',
      'generate one: openssl rand -base64 30',
    );
  const says = `${secretKey.length} characters, no white space, no placeholder`;
  // An invalid date is reported with the settings.
  if (previous === null || Number.isNaN(previous.until.getTime())) return right(says);
  const until = previous.until.toISOString();
  if (now < previous.until) return right(`${says}; the previous key is accepted until ${until}`);
  return advice(
    `the previous key expired at ${until}, and is rejected since`,
    'remove HELPSCOUT_SECRET_KEY_PREVIOUS and HELPSCOUT_SECRET_KEY_PREVIOUS_UNTIL; if Help Scout still signs with that key, set a later date',
  );
}

/** A problem's remedy follows its first semicolon. */
export function saysAndTodo(problem: string): [string, string | null] {
  const [says = problem, todo = null] = problem.split(/; (.*)/s);
  return [says, todo];
}

/** Compiles the views, which tries them on the fullest and the emptiest account. */
export function checkViews(folder: string, toSidebar: ToSidebar) {
  const { right, wrong } = about('views');
  try {
    const render = compileViews(folder, toSidebar);
    return { finding: right(`${folder} renders the fullest and the emptiest account`), render };
  } catch (error) {
    if (!(error instanceof ViewError)) throw error;
    const { place, reason, message } = error;
    // EJS's excerpt of the file is unreadable on one line.
    const says = place === null ? message.trim() : `${place.file}:${place.line}: ${reason}`;
    return { finding: wrong(says, 'correct the view'), render: null };
  }
}
