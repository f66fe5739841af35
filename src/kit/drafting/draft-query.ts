import type pg from 'pg';
import { type Note, warningsOf } from './candidates.ts';
import { type Catalogue, nameOf, readCatalogue, type Table } from './catalogue.ts';
import { type Draft, DraftError, draftAround } from './draft.ts';

export { DraftError };

import { describeAddress, isPeople, type People, rankPeople } from './people.ts';
import { findRelations } from './relations.ts';
import { writeDraft } from './write.ts';

/** The tables that the user named. */
export type Corrections = { table?: string | undefined; company?: string | undefined };

/**
 * An `account.sql` for the database of `client`, and warnings for its reader. Leaves the database
 * as it was, and reads none of its rows. Throws `DraftError`.
 */
export async function draftQuery(
  client: pg.ClientBase,
  { table, company }: Corrections = {},
): Promise<{ text: string; warnings: string[] }> {
  await client.query('begin transaction read only');
  try {
    await client.query("set local statement_timeout = '10s'");
    await client.query("set local lock_timeout = '1s'");
    const catalogue = await readCatalogue(client);
    const relations = findRelations(catalogue);
    const ranked = rankPeople(catalogue, relations);
    const named = table === undefined ? null : peopleNamed(catalogue, ranked, table);
    const people = (named ?? ranked)[0];
    if (!people) throw new DraftError(noAddresses(catalogue));
    const wanted = company === undefined ? null : tableNamed(catalogue, '--company', company);
    const draft = draftAround(people, wanted, catalogue, relations);
    const checks = [...(named ? [] : notesOnPeople(ranked)), ...notesOnUnreadable(catalogue)];
    const kept = await verify(client, { ...draft, notes: [...checks, ...draft.notes] });
    return { text: writeDraft(kept), warnings: warningsOf(kept.notes) };
  } finally {
    await client.query('rollback');
  }
}

/** The people of the table that the user named, which may be that of their addresses. */
function peopleNamed(catalogue: Catalogue, ranked: readonly People[], wanted: string): People[] {
  const table = tableNamed(catalogue, '--table', wanted);
  const found = ranked.filter((p) => p.table === table || p.addressBook?.table === table);
  if (found.length > 0) return found;
  const addresses = ranked.slice(0, 5).map(describeAddress).join(', ') || 'none';
  throw new DraftError(
    `--table ${nameOf(table)} has no column of e-mail addresses, and no table of addresses refers to it. Tables that have: ${addresses}`,
  );
}

function tableNamed({ tables, database }: Catalogue, option: string, wanted: string): Table {
  const named = (fold: (name: string) => string) =>
    tables.filter((table) =>
      [nameOf(table), table.name].map(fold).includes(fold(wanted.replaceAll('"', ''))),
    );
  const exact = named((name) => name);
  const found = exact.length > 0 ? exact : named((name) => name.toLowerCase());
  const [table] = found;
  if (found.length === 1 && table) return table;
  throw new DraftError(
    table
      ? `${option} "${wanted}" may be ${found.map(nameOf).join(' or ')}: say which`
      : `${option} must be a table that this role can see, but there is no "${wanted}" in the database "${database}"`,
  );
}

function noAddresses(catalogue: Catalogue): string {
  const { tables, database, role } = catalogue;
  if (tables.length === 0)
    return `The database "${database}" has no tables that the role "${role}" can see: is it the right database?`;
  const unreadable = warningsOf(notesOnUnreadable(catalogue)).join('\n');
  return (
    unreadable ||
    `No column of e-mail addresses is among the ${tables.length} tables of the database "${database}" that the role "${role}" may read. Name the table with --table SCHEMA.TABLE, or write sql/account.sql by hand`
  );
}

/** Two whose scores are closer than this could as well be the other way round. */
const closeScores = 4;
const maxNotes = 3;

const check = (text: string): Note => ({ kind: 'please check', about: 'people', text });

/** Who else the people may be, and where else their addresses are. */
function notesOnPeople([people, ...others]: readonly People[]): Note[] {
  if (!people) return [];
  const rivals = others.filter(
    ({ table, score }) => table !== people.table && people.score - score < closeScores,
  );
  const books = others.filter((other) => other.table === people.table && other.addressBook);
  return [
    ...rivals.slice(0, maxNotes).map((rival) => {
      const option = `--table ${nameOf(rival.table)}`;
      return check(
        `The people may be those of ${describeAddress(rival)} instead: ${option} drafts for them.`,
      );
    }),
    ...books.slice(0, maxNotes).map((book) => {
      const option = `--table ${nameOf(book.addressBook?.table ?? book.table)}`;
      return check(
        `The same people have addresses in ${describeAddress(book)}: ${option} looks there instead.`,
      );
    }),
  ];
}

const notesOnUnreadable = ({ tables, role }: Catalogue): Note[] =>
  tables
    .filter((table) => isPeople(table) && table.unreadable.some((name) => /mail/i.test(name)))
    .slice(0, maxNotes)
    .map((table) =>
      check(
        `The role ${role} may not read the addresses in ${nameOf(table)}. As their owner: grant select on ${table.quoted} to ${role};`,
      ),
    );

/** The draft without the facts that make it fail on this database. Postgres plans it, and reads no row. */
async function verify(client: pg.ClientBase, draft: Draft): Promise<Draft> {
  if ((await failureOf(client, draft)) === null) return draft;
  const [email, ...facts] = draft.facts;
  let kept: Draft = { ...draft, facts: email ? [email] : [] };
  const failure = await failureOf(client, kept);
  if (failure !== null) throw new Error(`The draft does not run on this database: ${failure}`);

  for (const fact of facts) {
    const more: Draft = { ...kept, facts: [...kept.facts, fact] };
    const text = fact.chosen && (await failureOf(client, more));
    kept = text
      ? { ...kept, notes: [...kept.notes, { kind: 'left out', about: fact.as, text }] }
      : more;
  }
  return kept;
}

/** Why Postgres does not run it, or null. */
async function failureOf(client: pg.ClientBase, draft: Draft): Promise<string | null> {
  const text = writeDraft(draft).replace(/;\s*$/, '');
  await client.query('savepoint draft');
  try {
    await client.query(`select * from (\n${text}\n) as draft limit 0`, [[]]);
    return null;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await client.query('rollback to savepoint draft');
  }
}
