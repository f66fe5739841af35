import {
  type Column,
  columnsNamed,
  isBoolean,
  isInteger,
  isText,
  isUnique,
  nameOf,
  type Table,
} from './catalogue.ts';
import type { Company, Membership } from './company.ts';
import { type Join, type Joins, notDeleted } from './joins.ts';
import type { Relations } from './relations.ts';
import {
  type ColumnRef,
  concat,
  declare,
  literal,
  ref,
  type Sql,
  sql,
  type TableRef,
} from './sql.ts';
import type { Expression, Fact } from './values.ts';
import * as words from './vocabulary.ts';

type Ends = {
  person: TableRef;
  company: TableRef;
  found: Company;
  joins: Joins;
  relations: Relations;
};

/** Joins a row for each company that a person belongs to, and never two for one. */
export function joinCompanies(ends: Ends): Fact {
  const { person, company, found, joins, relations } = ends;
  const { membership, direct, owner } = found;
  const isOwner = owner && sql`${ref(company, owner.toColumn)} = ${ref(person, owner.fromColumn)}`;
  if (membership) joins.needIndex(membership.table, membership.person, 'the companies of a person');
  if (owner) joins.needIndex(company.table, owner.toColumn, 'the companies of an owner');

  if (membership) return joinMembers(ends, membership, isOwner);
  if (direct)
    joins.list.push(companyJoin(company, direct.toColumn, ref(person, direct.fromColumn)));
  else if (isOwner) {
    const on = concat([isOwner, notDeleted(company)], '\n  and ');
    joins.list.push({ type: 'left', ...company, on, note: 'the companies that they own' });
  }
  return isOwner ? certain(isOwner) : ownerFlag(person, relations);
}

const certain = (value: Sql, note: string | null = null): Fact => ({
  ...{ as: 'is_owner', chosen: { value, note }, alternatives: [] },
});

function joinMembers(ends: Ends, membership: Membership, isOwner: Sql | null): Fact {
  const { person, company, found, joins, relations } = ends;
  const members = joins.refer(membership.table);
  const flag = ownerFlag(members, relations);
  const companyId = ref(members, membership.company);
  const isTheirs = sql`${ref(members, membership.person)} = ${ref(person, membership.personKey)}`;
  const exists = notDeleted(company);
  const lasts = notDeleted(members, words.leftAt);
  const isOnce = isUnique(members.table, membership.person, membership.company);

  if (isOnce && !isOwner && !exists) {
    const on = concat([isTheirs, lasts], '\n  and ');
    joins.list.push(
      { type: 'left', ...members, on, note: null },
      companyJoin(company, found.key, companyId),
    );
    return flag;
  }

  // A person may have several memberships in one company, in a deleted one, or own one without.
  const key = ref(company, found.key);
  const inOwned =
    isOwner &&
    sql`union
select ${key}
from ${declare(company)}
where ${concat([isOwner, exists], ' and ')}`;
  const role = isOwner ? null : flag.chosen;
  const ownerColumn = role && (isOnce ? role.value : sql`bool_or(${role.value})`);
  const body = concat(
    [
      sql`select ${companyId} as company_id${ownerColumn ? sql`,\n  ${ownerColumn} as is_owner` : ''}`,
      sql`from ${declare(members)}`,
      exists && sql`join ${declare(company)} on ${key} = ${companyId}\n  and ${exists}`,
      sql`where ${concat([isTheirs, lasts], ' and ')}`,
      isOnce || isOwner ? null : ['group by 1'],
      inOwned,
    ],
    '\n',
  );
  const note = isOwner
    ? 'members, and owners that are not among them'
    : isOnce
      ? 'not in deleted companies'
      : 'once, however many rows say so';
  const belonging = (column: string): ColumnRef => ({ alias: 'belonging', column });
  joins.list.push(
    { type: 'lateral', alias: 'belonging', body, note },
    companyJoin(company, found.key, belonging('company_id'), null),
  );
  if (isOwner) return certain(isOwner);
  if (role) return certain([belonging('is_owner')], role.note);
  const inMembership = ({ value, note }: Expression): Expression => ({
    value: sql`exists (select from ${declare(members)} where ${isTheirs} and ${companyId} = ${key} and ${value})`,
    note,
  });
  return { ...flag, alternatives: flag.alternatives.map(inMembership) };
}

/** The company with that key: one, though a view may have it twice. */
function companyJoin(
  company: TableRef,
  key: Column,
  value: ColumnRef,
  exists = notDeleted(company),
): Join {
  const on = concat([sql`${ref(company, key)} = ${value}`, exists], '\n  and ');
  return isUnique(company.table, key)
    ? { type: 'left', ...company, on, note: null }
    : { type: 'first', ...company, on, orderBy: [], note: 'nothing says that there is only one' };
}

const ownWord = 'or whatever word they have for it';

/** Which column of a table says that somebody is an owner, for certain or perhaps. */
function ownerFlag(from: TableRef, relations: Relations): Fact {
  const { table } = from;
  const flag = columnsNamed(table, words.ownerFlag).find(isBoolean);
  if (flag) return certain([ref(from, flag)]);
  const alternatives: Expression[] = [];
  for (const column of columnsNamed(table, words.role)) {
    const role = ref(from, column);
    const owner = column.allowedValues.find((value) => words.ownerRole.test(value));
    const admin = column.allowedValues.find((value) => words.adminRole.test(value));
    if (owner) return { ...certain(sql`${role} = ${literal(owner)}`), alternatives };
    if (admin)
      alternatives.push({
        value: sql`${role} = ${literal(admin)}`,
        note: 'nobody is called owner there',
      });
    else if (column.allowedValues.length > 0) continue;
    else if (isText(column) && /role/i.test(column.name))
      return { ...certain(sql`lower(${role}) = 'owner'`, ownWord), alternatives };
    else if (isInteger(column))
      alternatives.push({ value: sql`${role} = 1`, note: 'a number: put that of the owners' });
  }
  for (const { to, toColumn, fromColumn } of relations(table, 'parent')) {
    const name = columnsNamed(to, words.roleName).find(isText);
    if (!/role$/.test(words.nounOf(to)) || !name) continue;
    const inRoles = { alias: to.quoted };
    const value = sql`(select lower(${ref(inRoles, name)}) from ${to.quoted} where ${ref(inRoles, toColumn)} = ${ref(from, fromColumn)}) = 'owner'`;
    return { ...certain(value, ownWord), alternatives };
  }
  return { as: 'is_owner', chosen: null, alternatives };
}

/** The rows that are counted as a company's employees. */
type Employees = {
  table: Table;
  /** Refers to the company, by that key of it. */
  reference: Column;
  key: Column;
  /** Counts once, where one person may have several rows. */
  distinct: Column | null;
};

/** Whom a company employs: a table of employees, its members, or the people themselves. */
function employeesOf(company: Company, people: Table, relations: Relations): Employees | null {
  const { membership, direct, key } = company;
  const employees = relations(company.table, 'child').find(
    ({ polymorphic, to }) => !polymorphic && words.employeeTable.test(words.nounOf(to)),
  );
  if (employees)
    return {
      table: employees.to,
      reference: employees.toColumn,
      key: employees.fromColumn,
      distinct: null,
    };
  if (direct)
    return { table: people, reference: direct.fromColumn, key: direct.toColumn, distinct: null };
  if (!membership) return null;
  const { table, person, company: reference } = membership;
  return { table, reference, key, distinct: isUnique(table, person, reference) ? null : person };
}

/** Joins the number of employees: null, not 0, where there is no company. */
export function countEmployees({ person, company, found, joins, relations }: Ends): Expression[] {
  const employees = employeesOf(found, person.table, relations);
  if (!employees) return [];
  const { table, reference, distinct } = employees;
  joins.needIndex(table, reference, 'the number of employees');
  // Inside, the table goes by its own name, whatever it is called outside.
  const inside = { table, alias: table.quoted };
  const key = ref(company, employees.key);
  const isTheirs = sql`${ref(inside, reference)} = ${key}`;
  const body = sql`select count(${distinct ? sql`distinct ${ref(inside, distinct)}` : '*'}) as employee_count
from ${table.quoted}
where ${concat([isTheirs, notDeleted(inside, words.employmentEnded)], ' and ')}
having ${key} is not null`;
  joins.list.push({
    type: 'lateral',
    alias: 'employed',
    note: `the rows of ${nameOf(table)}`,
    body,
  });
  return [{ value: [{ alias: 'employed', column: 'employee_count' }], note: null }];
}
