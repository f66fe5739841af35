import { type Column, isUnique, nameOf, type Table } from './catalogue.ts';
import type { Company } from './company.ts';
import type { Source } from './draft.ts';
import { nounOf } from './names.ts';
import { isAlive, type Place, refTo } from './readings.ts';
import type { Relations } from './relations.ts';
import { sql, write } from './sql.ts';

/** The rows that are counted as a company's employees. */
export type Staff = {
  table: Table;
  /** Refers to the company, by that key of it. */
  by: Column;
  key: Column;
  /** Counts once, where one person may have several rows. */
  distinct: Column | null;
};

/** Whom a company employs: a table of employees, its members, or the people themselves. */
export function staffOf(company: Company, people: Table, relations: Relations): Staff | null {
  const employees = relations(company.table).find(
    ({ by, own, kind, to }) => by === own && kind === null && employeeNoun.test(nounOf(to.name)),
  );
  if (employees)
    return { table: employees.to, by: employees.own, key: employees.outer, distinct: null };
  const { membership, direct, key } = company;
  if (membership) {
    const { table, person } = membership;
    const isOnce = isUnique(table, person, membership.company);
    return { table, by: membership.company, key, distinct: isOnce ? null : person };
  }
  return direct && { table: people, by: direct.outer, key: direct.own, distinct: null };
}

const employeeNoun = /(employee|worker|staffmember)$/;

const hasLeft = /^(left|terminated|ended|end|dismissed|departed)(at|on|date)$/;

/** How many they are now: null, not 0, for whom there is no company. */
export function countStaff({ table, by, key, distinct }: Staff, company: Place): Source {
  // Inside, the table goes by its own name, whatever it goes by outside.
  const inside = { table, alias: table.quoted };
  const counted = distinct ? `distinct ${write([refTo(inside.alias, distinct)])}` : '*';
  const isThere = isAlive(inside, hasLeft);
  const its = refTo(company.alias, key);
  return {
    how: 'lateral',
    alias: 'employed',
    why: `the rows of ${nameOf(table)}`,
    body: sql`select count(${counted}) as employee_count
from ${table.quoted}
where ${write([refTo(inside.alias, by)])} = ${its}${isThere ? ` and ${write(isThere)}` : ''}
having ${its} is not null`,
  };
}
