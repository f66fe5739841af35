import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { expect } from 'vitest';
import { requestBody } from '../../../src/kit/request.ts';
import { headersFor } from '../../examples.ts';
import { startSidebar } from '../../faults/tools/sidebar.ts';
import { numberedPerson } from './versions.ts';

export type Answer = { status: number; html: string };

/** What a sidebar must show. */
export type RightAnswers = {
  emails: string[];
  of: (email: string) => string;
  /** A day may have ended since. */
  ofNow: (email: string) => Promise<string>;
  close: () => Promise<void>;
};

/** What the time of day is in answers: the only part that may differ between two of them. */
const clock = /\b\d\d:\d\d, [A-Z][a-z]{2}\b/g;

export async function ask(port: number, email: string): Promise<Answer> {
  const body = requestBody([email]);
  const response = await fetch(`http://127.0.0.1:${port}/helpscout`, {
    method: 'POST',
    headers: headersFor(body),
    body,
  });
  const text = await response.text();
  const html = response.status === 200 ? JSON.parse(text).html : text;
  return { status: response.status, html: html.replace(clock, '') };
}

/**
 * What a sidebar answers that asks Postgres directly, at that address. Each answer has the company
 * that Postgres has for this customer.
 */
export async function rightAnswers(databaseUrl: string): Promise<RightAnswers> {
  const companies = await companiesOf(databaseUrl);
  const strangers = ['stranger.a@example.com', 'stranger.b@example.com'];
  const numbered = Array.from({ length: 80 }, (_, i) => numberedPerson(i).email);
  const emails = [...companies.keys(), ...numbered, ...strangers];
  const sidebar = await startSidebar(databaseUrl);
  const ofNow = async (email: string) => {
    const { status, html } = await ask(sidebar.port, email);
    const company = companies.get(email) ?? '';
    if (status !== 200 || !html.includes(company) || html.includes('misconfigured'))
      throw new Error(`Not the answer for ${email}: ${status} ${html}`);
    return html;
  };
  const answers = new Map<string, string>();
  try {
    for (const email of emails) answers.set(email, await ofNow(email));
  } catch (error) {
    await sidebar.stop();
    throw error;
  }
  return { emails, of: (email) => answers.get(email) as string, ofNow, close: sidebar.stop };
}

/** Of the demo's people, as they are in html. */
async function companiesOf(databaseUrl: string): Promise<Map<string, string>> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  const { rows } = await client
    .query(
      `select lower(email) as email, companies.name from users
       left join memberships on user_id = users.id left join companies on companies.id = company_id
       where email not like 'numbered%'`,
    )
    .finally(() => client.end());
  if (rows.length < 10) throw new Error(`The demo has only ${rows.length} people`);
  const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;' };
  return new Map(
    rows.map(({ email, name }) => [
      email,
      (name ?? '').replace(/[&<>"]/g, (letter: string) => escapes[letter]),
    ]),
  );
}

export type WrongAnswer = Answer & { expected: string };

/** The first of them shows what the others are like. */
export function expectRight([first]: readonly WrongAnswer[]): void {
  expect(first?.html).toBe(first?.expected);
  expect(first?.status).toBe(first && 200);
}

/** Asks for everybody that many times, ten at once; gives what is not right. */
export async function wrongAnswers(port: number, right: RightAnswers, times = 3) {
  const all = Array.from({ length: times }, () => right.emails).flat();
  const wrong: WrongAnswer[] = [];
  let next = 0;
  const client = async () => {
    for (let email = all[next++]; email !== undefined; email = all[next++]) {
      const answer = await ask(port, email);
      const isRight = (html: string) => answer.status === 200 && answer.html === html;
      if (isRight(right.of(email))) continue;
      const expected = await right.ofNow(email);
      if (!isRight(expected)) wrong.push({ ...answer, expected });
    }
  };
  await Promise.all(Array.from({ length: 10 }, client));
  return { asked: all.length, wrong };
}

/** Runs something again and again, with a pause, until it is stopped. */
export function repeatedly(everyMs: number, run: () => Promise<unknown>) {
  let isStopping = false;
  const running = (async () => {
    while (!isStopping) {
      await run();
      await wait(everyMs);
    }
  })();
  return {
    stop: async () => {
      isStopping = true;
      await running;
    },
  };
}
