import { Agent, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { sign } from '../../../src/helpscout/signature.ts';
import { requestBody } from '../../../src/kit/request.ts';
import { secretKey } from '../../examples.ts';

/**
 * What an agent was shown. "unserved" is what the balancer says when it has no server left to ask;
 * "wrong" is what nobody may ever see: another customer, or nonsense.
 */
export type Shown =
  | 'fresh'
  | 'stale'
  | 'unreachable'
  | 'busy'
  | 'misconfigured'
  | 'unserved'
  | 'wrong';

export type Outcome = {
  /** When it should have been asked, in ms of the monotonic clock. */
  at: number;
  /** From then until the whole answer was there. */
  ms: number;
  /** 0 when there was none. */
  status: number;
  shown: Shown;
  /** Asked about a stranger, of whom there is no last good answer. */
  isStranger: boolean;
  /** Why there was no answer, or the answer that was wrong. */
  detail: string;
};

/**
 * Whom to ask for, and what of them nobody else's sidebar has. With the stranger they are an odd number,
 * so that of two servers that take turns each is asked for everybody, and can remember them.
 */
const people = [
  ['fredsmith@mailinator.com', 'Smith &amp; Sons Carpentry'],
  ['tina.trial@example.com', 'Trial &amp; Error Ltd'],
  ['eddie.expired@example.com', 'Yesterday’s Bakery'],
  ['olive.over@example.com', 'Overflow Logistics'],
  ['pat.pastdue@example.com', 'Later Media'],
  ['jose.nunez@example.com', 'Núñez &amp; Hijos'],
  ['mixed.case@example.com', 'Mixed Media GmbH'],
  ['two.hats@example.com', 'First Hat Hotels'],
] as const;

type Question = { email: string; mark: string };

let strangers = 0;

/** The people in turn, and then a stranger who never asked before and is in no memory. */
function question(number: number): Question {
  const [email, mark] = people[number % (people.length + 1)] ?? [];
  if (email !== undefined && mark !== undefined) return { email, mark };
  const stranger = `stranger-${strangers++}@example.com`;
  return { email: stranger, mark: `No account found for ${stranger}` };
}

/** Longer than anything may take. */
const givenUpMs = 15_000;

export type Load = {
  outcomes: Outcome[];
  /** Asks no more, and waits for the answers that are still due. */
  stop: () => Promise<Outcome[]>;
};

/**
 * Asks so often in a second, on schedule: who is slow to answer does not slow the asking. Connections
 * are kept, as a balancer keeps them, or each request has its own.
 */
export function startLoad(port: number, perSecond: number, keepAlive = true): Load {
  const agent = new Agent({ keepAlive, maxSockets: 200 });
  const outcomes: Outcome[] = [];
  const due = new Set<Promise<void>>();
  const start = performance.now();
  let isStopping = false;

  const asking = (async () => {
    for (let number = 0; !isStopping; number++) {
      const at = start + (number * 1_000) / perSecond;
      await wait(Math.max(0, at - performance.now()));
      const one = askOnce(port, agent, number, at).then((outcome) => {
        outcomes.push(outcome);
        due.delete(one);
      });
      due.add(one);
    }
  })();

  return {
    outcomes,
    stop: async () => {
      isStopping = true;
      await asking;
      await Promise.all(due);
      agent.destroy();
      return outcomes;
    },
  };
}

/** Asks for one of the people, or for a stranger. */
export function askOnce(
  port: number,
  agent: Agent,
  number: number,
  at = performance.now(),
): Promise<Outcome> {
  return askFor(port, agent, question(number), at);
}

/** Asks for somebody, whose sidebar alone has that mark. */
export function askFor(
  port: number,
  agent: Agent,
  { email, mark }: Question,
  at = performance.now(),
): Promise<Outcome> {
  const body = requestBody([email]);
  const isStranger = email.startsWith('stranger');
  return new Promise((resolve) => {
    const end = (status: number, shown: Shown, detail = '') =>
      resolve({ at, ms: performance.now() - at, status, shown, isStranger, detail });
    const asked = request(
      {
        ...{ host: '127.0.0.1', port, path: '/helpscout', method: 'POST', agent },
        timeout: givenUpMs,
        headers: {
          'Content-Type': 'application/json',
          'Content-Length': Buffer.byteLength(body),
          'X-HelpScout-Signature': sign(secretKey, body),
        },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        response.on('end', () => {
          const shown = whatIsShown(text, mark);
          end(response.statusCode ?? 0, shown, shown === 'wrong' ? text : '');
        });
        response.on('error', (error) => end(0, 'wrong', error.message));
      },
    );
    asked.on('timeout', () => asked.destroy(new Error('no answer')));
    asked.on('error', (error) => end(0, 'wrong', error.message));
    asked.end(body);
  });
}

function whatIsShown(text: string, mark: string): Shown {
  const html = htmlOf(text);
  const isOthers = people.some(([, other]) => other !== mark && html?.includes(other));
  if (html === null || isOthers) return 'wrong';
  if (html.includes(mark)) return /As of \d\d:\d\d UTC/.test(html) ? 'stale' : 'fresh';
  if (html.includes('can’t be reached right now. Reload')) return 'unserved';
  if (html.includes('can’t be reached right now')) return 'unreachable';
  if (html.includes('is still connecting')) return 'unreachable';
  if (html.includes('The sidebar is busy')) return 'busy';
  return html.includes('is misconfigured') ? 'misconfigured' : 'wrong';
}

function htmlOf(text: string): string | null {
  try {
    const { html } = JSON.parse(text);
    return typeof html === 'string' ? html : null;
  } catch {
    return null;
  }
}

/** How long after that moment somebody was still asking who did not get a fresh answer. */
export function freshAfter(outcomes: readonly Outcome[], moment: number): number {
  const late = outcomes.filter(({ at, shown }) => at > moment && shown !== 'fresh');
  return Math.round(Math.max(0, ...late.map(({ at }) => at - moment)));
}

/** "120 asked: 80 fresh, 40 stale; slowest 812 ms" */
export function summary(outcomes: readonly Outcome[]): string {
  const counts = new Map<string, number>();
  for (const { shown } of outcomes) counts.set(shown, (counts.get(shown) ?? 0) + 1);
  const each = [...counts].map(([shown, count]) => `${count} ${shown}`).join(', ');
  // An hour has more of them than a call can take arguments.
  const slowest = Math.round(outcomes.reduce((most, { ms }) => Math.max(most, ms), 0));
  return `${outcomes.length} asked: ${each}; slowest ${slowest} ms`;
}
