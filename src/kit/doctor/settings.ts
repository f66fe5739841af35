import { about, type Finding } from '../../domain/finding.ts';
import type { Config } from '../../server/config.ts';

const secretKeyName = 'HELPSCOUT_SECRET_KEY';
const databaseUrlName = 'DATABASE_URL';

/** Whether this setting is among the problems, each of which begins with its setting's name. */
const isAbout = (name: string) => (problem: string) => problem.startsWith(`${name} `);

/** All settings but the two that have a check of their own. */
export function checkSettings(config: Config, problems: readonly string[]): Finding[] {
  const { right, wrong } = about('settings');
  const others = problems.filter(
    (problem) => !isAbout(secretKeyName)(problem) && !isAbout(databaseUrlName)(problem),
  );
  if (others.length > 0) return others.map((problem) => wrong(...saysAndTodo(problem)));
  const { production, host, port, locale, accountQueryFile, viewsDir } = config;
  const mode = production ? 'production' : 'not production';
  const parts = [mode, `${host}:${port}`, locale, accountQueryFile, viewsDir];
  return [right(parts.join(', '))];
}

/** The Secret Key, of which nothing is shown but its length. */
export function checkSecret(
  { secretKeys: { secretKey, previous } }: Config,
  problems: readonly string[],
  isOwn: boolean,
  now: Date,
): Finding {
  const { right, advice, wrong } = about('secret');
  const problem = problems.find(isAbout(secretKeyName));
  if (problem !== undefined) return wrong(...saysAndTodo(problem));
  if (!isOwn)
    return advice(
      `${secretKeyName} is not set: the demo makes one for each run`,
      'make one with: openssl rand -base64 30',
    );
  const says = `${secretKey.length} characters, no white space, no placeholder`;
  // A date that is none is told among the settings.
  if (previous === null || Number.isNaN(previous.until.getTime())) return right(says);
  const until = previous.until.toISOString();
  if (now < previous.until) return right(`${says}; the key before is taken until ${until}`);
  return advice(
    `the key before ended at ${until}, and is refused since`,
    `take ${secretKeyName}_PREVIOUS and ${secretKeyName}_PREVIOUS_UNTIL out; if Help Scout still signs with that key, set a later date`,
  );
}

/** What is wrong with DATABASE_URL before anybody is asked, or null. */
export function checkDatabaseUrl(problems: readonly string[]): Finding | null {
  const problem = problems.find(isAbout(databaseUrlName));
  return problem === undefined
    ? null
    : about('database').wrong(
        problem,
        `set ${databaseUrlName} to postgres://user:password@host:5432/database`,
      );
}

/** The remedy stands behind the first semicolon. */
function saysAndTodo(problem: string): [string, string | null] {
  const [says = problem, ...todo] = problem.split('; ');
  return [says, todo.length === 0 ? null : todo.join('; ')];
}
