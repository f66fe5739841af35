import { vi } from 'vitest';
import type { FindAccounts } from '../src/domain/account.ts';
import type { Log } from '../src/domain/log.ts';
import { viewsFolder } from '../src/domain/package-files.ts';
import { sign } from '../src/helpscout/signature.ts';
import type { Dependencies } from '../src/http/app.ts';
import { platformQuery } from '../src/kit/request.ts';
import { createToSidebar } from '../src/sidebar/sidebar.ts';
import { compileViews } from '../src/sidebar/views.ts';

export const secretKey = 'test-secret-of-forty-characters-exactly!';

/** A Sunday, on which Sydney has summer time and Europe has not. */
export const now = new Date('2026-11-22T15:14:00Z');

/** The clock of a zone at `now`, as this Node's own time-zone data have it: "02:14, Mon". */
export function clockIn(timeZone: string, locale = 'en-GB'): string {
  const clock = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone } as const;
  const weekday = now.toLocaleDateString(locale, { weekday: 'short', timeZone });
  return `${now.toLocaleTimeString(locale, clock)}, ${weekday}`;
}

/** Repeats a check until it holds, for as long as a busy machine may need. */
export const eventually = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: 15_000 });

/** A deadline of the product, in milliseconds, as a busy machine may keep it. */
export const withSlack = (deadlineMs: number) => 3 * deadlineMs + 1_000;

/** What each lookup was for, whatever time it had left. */
export const lookedUp = ({ mock }: { mock: { calls: Parameters<FindAccounts>[] } }) =>
  mock.calls.map(([emails, id]) => (id === undefined ? [emails] : [emails, id]));

/** A log that keeps its entries. */
export function memoryLog(): Log & { entries: object[] } {
  const entries: object[] = [];
  const keep = (entry: object) => void entries.push(entry);
  return { entries, info: keep, warn: keep, error: keep };
}

/** What an app needs, with nobody in the database. */
export function dependencies(): Dependencies & { log: ReturnType<typeof memoryLog> } {
  const toSidebar = createToSidebar({
    locale: 'en-GB',
    stripeDashboardUrl: 'https://dashboard.stripe.com',
  });
  return {
    secretKeys: { secretKey, previous: null },
    isDraining: () => false,
    isOverloaded: () => false,
    findAccounts: async () => [],
    toSidebar,
    render: compileViews(viewsFolder, toSidebar),
    now: () => now,
    log: memoryLog(),
  };
}

/** The path and query with which Help Scout would have a browser load a platform app. */
export function addressFor(customerId: string): string {
  return `/helpscout?${platformQuery(customerId, secretKey)}`;
}

/** The headers with which Help Scout would send this body. */
export function headersFor(body: string | Buffer): Record<string, string> {
  return { 'Content-Type': 'application/json', 'X-HelpScout-Signature': sign(secretKey, body) };
}
