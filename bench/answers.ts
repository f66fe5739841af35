import { askOnce, openConnection } from './client.ts';
import type { Running } from './servers.ts';
import type { Request } from './traffic.ts';

/** The right answers of one server to each request, by its place in the traffic. */
export type RightAnswers = Buffer[];

/** What the time of day is in answers: the only part that may differ between two of them. */
const clock = /\b\d\d:\d\d, [A-Z][a-z]{2}\b/g;

const withoutClock = (body: Buffer) => body.toString().replace(clock, '');

/** What an agent would read: the html without its tags and white space. */
const textOf = (body: Buffer) =>
  withoutClock(body)
    .replace(/\\n|\s/g, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/ +/g, ' ');

export type Alike = 'bytes' | 'text';

export const isAlike = (how: Alike, a: Buffer, b: Buffer) =>
  a.equals(b) || (how === 'bytes' ? withoutClock(a) === withoutClock(b) : textOf(a) === textOf(b));

/** Asks a server everything once; throws at the first answer that is not what the database says. */
export async function collectAnswers(server: Running, traffic: Request[]): Promise<RightAnswers> {
  const answers: Buffer[] = [];
  let next = 0;
  const client = async () => {
    const connection = openConnection(server.port);
    for (let i = next++; i < traffic.length; i = next++) {
      const request = traffic[i] as Request;
      const answer = await new Promise<Buffer>((resolve, reject) => {
        connection.ask(request.bytes, (got) => {
          if (got instanceof Error) return reject(got);
          const isRight = got.status === request.status && got.body.includes(request.says);
          if (isRight) resolve(Buffer.from(got.body));
          else
            reject(
              new Error(
                `${server.name} should say "${request.says}", not ${got.status} ${got.body}`,
              ),
            );
        });
      });
      answers[i] = answer;
    }
    connection.close();
  };
  await Promise.all([client(), client(), client(), client()]);
  return answers;
}

/** Throws unless both servers say the same to everything. */
export async function checkAlike(
  how: Alike,
  traffic: Request[],
  one: { server: Running; answers: RightAnswers },
  other: { server: Running; answers: RightAnswers },
): Promise<void> {
  for (const [i, request] of traffic.entries()) {
    if (isAlike(how, one.answers[i] as Buffer, other.answers[i] as Buffer)) continue;
    // A day may have ended in between: then both say the same when asked again.
    const a = await askOnce(one.server.port, request.bytes);
    const b = await askOnce(other.server.port, request.bytes);
    if (isAlike(how, a.body, b.body)) continue;
    throw new Error(`${one.server.name} and ${other.server.name} differ:\n${a.body}\n${b.body}`);
  }
}

/**
 * Whether this is the right answer to the request at that place. Times of day move on, so what is
 * right is kept up to date.
 */
export function isRight(right: RightAnswers, place: number, body: Buffer): boolean {
  const expected = right[place] as Buffer;
  if (expected.equals(body)) return true;
  if (!isAlike('bytes', expected, body)) return false;
  right[place] = Buffer.from(body);
  return true;
}
