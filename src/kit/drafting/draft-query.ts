import type pg from 'pg';
import { type Note, warningsOf } from './candidates.ts';
import { type Catalogue, nameOf, readCatalogue, type Table } from './catalogue.ts';
import { rankCompanies } from './company.ts';
import { type Draft, draftAround } from './draft.ts';
import { describeAddress, isPeople, type People, rankPeople } from './people.ts';
import { findRelations, type Relations } from './relations.ts';
import { writeDraft } from './write.ts';

/** What the user must change to get a draft, as a sentence. */
export class DraftError extends Error {}

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
    const [people, others] = choosePeople(catalogue, relations, table);
    const wanted = company === undefined ? null : tableNamed(catalogue, '--company', company);
    if (wanted) checkCompany(people.table, wanted, relations);
    const draft = draftAround(people, wanted, catalogue, relations);
    const checks = [...notesOnPeople(people, others), ...notesOnUnreadable(catalogue)];
    const kept = await verify(client, { ...draft, notes: [...checks, ...draft.notes] });
    return { text: writeDraft(kept), warnings: warningsOf(kept.notes) };
  } finally {
    await client.query('rollback');
  }
}

/** The likeliest people, and who else they might be, unless the user named their table. */
function choosePeople(
  catalogue: Catalogue,
  relations: Relations,
  wanted: string | undefined,
): [People, People[]] {
  const ranked = rankPeople(catalogue, relations);
  const candidates = wanted === undefined ? ranked : peopleIn(catalogue, ranked, wanted);
  const [people, ...others] = candidates;
  if (people === undefined) throw new DraftError(noAddresses(catalogue));
  return [people, wanted === undefined ? others : []];
}

/** The people of the table that the user named, which may be that of their addresses. */
function peopleIn(catalogue: Catalogue, ranked: readonly People[], wanted: string): People[] {
  const table = tableNamed(catalogue, '--table', wanted);
  const found = ranked.filter((p) => p.table === table || p.addressBook?.table === table);
  if (found.length > 0) return found;
  const addresses = ranked.slice(0, 5).map(describeAddress).join(', ') || 'none';
  throw new DraftError(
    `--table ${nameOf(table)} has no column of e-mail addresses, and no table of addresses refers to it. Tables that have: ${addresses}`,
  );
}

function checkCompany(people: Table, company: Table, relations: Relations): void {
  if (rankCompanies(people, [], company, relations).length > 0) return;
  throw new DraftError(
    `--company ${nameOf(company)} has no way from ${nameOf(people)}: no column of theirs refers to it, nor does a table of members to both`,
  );
}

function tableNamed({ tables, database }: Catalogue, option: string, wanted: string): Table {
  const bare = wanted.replaceAll('"', '');
  const isNamed = (fold: (name: string) => string) => (table: Table) =>
    [nameOf(table), table.name].some((name) => fold(name) === fold(bare));
  const exact = tables.filter(isNamed((name) => name));
  const found = exact.length > 0 ? exact : tables.filter(isNamed((name) => name.toLowerCase()));
  const [table] = found;
  if (table === undefined)
    throw new DraftError(
      `${option} must be a table that this role can see, but there is no "${wanted}" in the database "${database}"`,
    );
  if (found.length > 1)
    throw new DraftError(
      `${option} "${wanted}" may be ${found.map(nameOf).join(' or ')}: say which`,
    );
  return table;
}

function noAddresses(catalogue: Catalogue): string {
  const { tables, database, role } = catalogue;
  if (tables.length === 0)
    return `The database "${database}" has no tables that the role "${role}" can see: is it the right database?`;
  const unreadable = notesOnUnreadable(catalogue);
  if (unreadable.length > 0) return warningsOf(unreadable).join('\n');
  return `No column of e-mail addresses is among the ${tables.length} tables of the database "${database}" that the role "${role}" may read. Name the table with --table SCHEMA.TABLE, or write sql/account.sql by hand`;
}

/** Two whose scores are closer than this could as well be the other way round. */
const closeScores = 4;
const maxNotes = 3;

function notesOnPeople(people: People, others: readonly People[]): Note[] {
  const rivals = others.filter(
    ({ table, score }) => table !== people.table && people.score - score < closeScores,
  );
  const books = others.filter(
    ({ table, addressBook }) => table === people.table && addressBook !== null,
  );
  const texts = [
    ...rivals
      .slice(0, maxNotes)
      .map(
        (rival) =>
          `The people may be those of ${describeAddress(rival)} instead: --table ${nameOf(rival.table)} drafts for them.`,
      ),
    ...books
      .slice(0, maxNotes)
      .map(
        (book) =>
          `The same people have addresses in ${describeAddress(book)}: --table ${nameOf(book.addressBook?.table ?? book.table)} looks there instead.`,
      ),
  ];
  return texts.map((text) => ({ kind: 'please check', about: 'people', text }));
}

function notesOnUnreadable({ tables, role }: Catalogue): Note[] {
  return tables
    .filter((table) => isPeople(table) && table.unreadable.some((name) => /mail/i.test(name)))
    .slice(0, maxNotes)
    .map((table) => ({
      ...{ kind: 'please check', about: 'people' },
      text: `The role ${role} may not read the addresses in ${nameOf(table)}. As their owner: grant select on ${table.quoted} to ${role};`,
    }));
}

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
