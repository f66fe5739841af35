import type pg from 'pg';
import { type Catalogue, nameOf, readCatalogue, type Table } from './catalogue.ts';
import { choose } from './choose.ts';
import { rankCompanies } from './company.ts';
import { isPeople, type People, rankPeople } from './people.ts';
import { type Relations, relate } from './relations.ts';
import { verify } from './verify.ts';
import { writeDraft } from './write.ts';

/** What the person who asked for a draft must do otherwise, in words. */
export class DraftError extends Error {}

export type Corrections = { table?: string | undefined; company?: string | undefined };

/**
 * An `account.sql` for the database of `client`, and what whoever reads it should know. Leaves
 * the database as it was, and reads none of its rows. Throws `DraftError`.
 */
export async function draftQuery(
  client: pg.ClientBase,
  corrections: Corrections = {},
): Promise<{ text: string; warnings: string[] }> {
  await client.query('begin transaction read only');
  try {
    await client.query("set local statement_timeout = '10s'");
    await client.query("set local lock_timeout = '1s'");
    const catalogue = await readCatalogue(client);
    const relations = relate(catalogue);
    const { people, others } = choosePeople(catalogue, relations, corrections.table);
    const company = chooseCompany(catalogue, relations, people.table, corrections.company);
    const chosen = choose(catalogue, relations, people, company);
    const notes = [...notesOn(people, others), ...notesOnForbidden(catalogue)];
    const draft = await verify(client, { ...chosen, warnings: [...notes, ...chosen.warnings] });
    return { text: writeDraft(draft), warnings: draft.warnings };
  } finally {
    await client.query('rollback');
  }
}

function choosePeople(catalogue: Catalogue, relations: Relations, wanted: string | undefined) {
  const ranked = rankPeople(catalogue, relations);
  const candidates = wanted === undefined ? ranked : rankedIn(catalogue, ranked, wanted);
  const [people, ...others] = candidates;
  if (people === undefined) throw new DraftError(nobodyFound(catalogue));
  return { people, others: wanted === undefined ? others : [] };
}

function chooseCompany(
  catalogue: Catalogue,
  relations: Relations,
  people: Table,
  wanted: string | undefined,
) {
  if (wanted === undefined) return null;
  const table = tableCalled(catalogue, '--company', wanted);
  if (rankCompanies(people, catalogue.tables, table, relations).length > 0) return table;
  throw new DraftError(
    `--company ${nameOf(table)} has no way from ${nameOf(people)}: no column of theirs refers to it, nor does a table of members to both`,
  );
}

/** The people of the table that was asked for: it may be that of their addresses. */
function rankedIn(catalogue: Catalogue, ranked: readonly People[], wanted: string): People[] {
  const table = tableCalled(catalogue, '--table', wanted);
  const found = ranked.filter((people) => people.table === table || people.apart?.table === table);
  if (found.length > 0) return found;
  const places = ranked.slice(0, 5).map(placeOf).join(', ') || 'none';
  throw new DraftError(
    `--table ${nameOf(table)} has no column of e-mail addresses, and no table of addresses refers to it. Tables that have: ${places}`,
  );
}

function tableCalled({ tables, database }: Catalogue, option: string, wanted: string): Table {
  const bare = wanted.replaceAll('"', '');
  const isCalled = (fold: (name: string) => string) => (table: Table) =>
    [nameOf(table), table.name].some((name) => fold(name) === fold(bare));
  const exact = tables.filter(isCalled((name) => name));
  const found = exact.length > 0 ? exact : tables.filter(isCalled((name) => name.toLowerCase()));
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

function nobodyFound(catalogue: Catalogue): string {
  const { tables, database, role } = catalogue;
  if (tables.length === 0)
    return `The database "${database}" has no tables that the role "${role}" can see: is it the right database?`;
  const forbidden = notesOnForbidden(catalogue);
  if (forbidden.length > 0) return forbidden.join('\n');
  return `No column of e-mail addresses is among the ${tables.length} tables of the database "${database}" that the role "${role}" may read. Name the table with --table SCHEMA.TABLE, or write sql/account.sql by hand`;
}

/** Two that are this close in points could as well be the other way round. */
const closeCall = 4;

function notesOn(people: People, others: readonly People[]): string[] {
  const rivals = others.filter(
    ({ table, score }) => table !== people.table && people.score - score < closeCall,
  );
  const books = others.filter(({ table, apart }) => table === people.table && apart !== null);
  return [
    ...atMost(rivals).map(
      (rival) =>
        `The people may be those of ${placeOf(rival)} instead: --table ${nameOf(rival.table)} drafts for them.`,
    ),
    ...atMost(books).map(
      (book) =>
        `The same people have addresses in ${placeOf(book)}: --table ${nameOf(book.apart?.table ?? book.table)} looks there instead.`,
    ),
  ];
}

function notesOnForbidden({ tables, role }: Catalogue): string[] {
  const forbidden = tables.filter(
    (table) => isPeople(table) && table.forbidden.some((name) => /mail/i.test(name)),
  );
  return atMost(forbidden).map(
    (table) =>
      `The role ${role} may not read the addresses in ${nameOf(table)}. As their owner: grant select on ${table.quoted} to ${role};`,
  );
}

const atMost = <T>(items: readonly T[]) => items.slice(0, 3);

const placeOf = ({ table, address, apart }: People) =>
  `${nameOf(apart?.table ?? table)} (${address.name})`;
