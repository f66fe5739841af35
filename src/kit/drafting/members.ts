import { columnsNamed, nameOf } from './catalogue.ts';
import { type Company, isOncePerCompany, type Membership } from './company.ts';
import { type Joins, notDeleted } from './joins.ts';
import { type Relations, reverse } from './relations.ts';
import {
  and,
  type ColumnRef,
  concat,
  declare,
  inside,
  literal,
  ref,
  type Sql,
  sql,
  type TableRef,
  write,
} from './sql.ts';
import type { Expression, Fact } from './values.ts';
import * as words from './vocabulary.ts';

/** A person and their company in the draft, and how they belong together. */
type Belonging = Company & { person: TableRef; company: TableRef };

/** Joins a row for each company that a person belongs to, never two for one; gives `is_owner`. */
export function joinCompanies(belonging: Belonging, joins: Joins, relations: Relations): Fact {
  const { person, company, membership, direct, owner } = belonging;
  const isOwner = owner && sql`${ref(company, owner.toColumn)} = ${ref(person, owner.fromColumn)}`;
  if (membership)
    joins.needIndex(membership.table, membership.toMembers.toColumn, 'the companies of a person');
  if (owner) joins.needIndex(company.table, owner.toColumn, 'the companies of an owner');

  if (membership) return joinMembers(belonging, membership, isOwner, joins, relations);
  const exists = notDeleted(company);
  if (direct)
    joinCompany(belonging, ref(person, direct.fromColumn), exists, joins, direct.toColumn);
  else joins.left(company, and(isOwner, exists), 'the companies that they own');
  return isOwner ? certain(isOwner) : ownerFlag(person, relations);
}

function joinMembers(
  belonging: Belonging,
  membership: Membership,
  isOwner: Sql | null,
  joins: Joins,
  relations: Relations,
): Fact {
  const { person, company, key } = belonging;
  const members = joins.refer(membership.table);
  const flag = ownerFlag(members, relations);
  const companyId = ref(members, membership.toCompany.fromColumn);
  const { toColumn, fromColumn } = membership.toMembers;
  const isTheirs = sql`${ref(members, toColumn)} = ${ref(person, fromColumn)}`;
  const isTheirsNow = and(isTheirs, notDeleted(members, words.leftAt));
  const exists = notDeleted(company);
  const isOnce = isOncePerCompany(membership);
  if (isOnce && !isOwner && !exists) {
    joins.left(members, isTheirsNow);
    joinCompany(belonging, companyId, exists, joins);
    return flag;
  }

  // A person may have several memberships in one company, in a deleted one, or own one without.
  const companyKey = ref(company, key);
  const role = isOwner ? null : flag.chosen;
  const flagColumn = role && sql`${isOnce ? role.value : sql`bool_or(${role.value})`} as is_owner`;
  const body = concat(
    [
      sql`select ${concat([sql`${companyId} as company_id`, flagColumn], ',\n  ')}`,
      sql`from ${declare(members)}`,
      exists && sql`join ${declare(company)} on ${and(sql`${companyKey} = ${companyId}`, exists)}`,
      sql`where ${isTheirsNow}`,
      isOnce || isOwner ? null : ['group by 1'],
      isOwner && sql`union\nselect ${companyKey}\nfrom ${declare(company)}`,
      isOwner && sql`where ${and(isOwner, exists)}`,
    ],
    '\n',
  );
  const several = isOnce ? 'not in deleted companies' : 'once, however many rows say so';
  joins.lateral(
    'belonging',
    body,
    isOwner ? 'members, and owners that are not among them' : several,
  );
  const column = (name: string): ColumnRef => ({ alias: 'belonging', column: name });
  joinCompany(belonging, column('company_id'), null, joins);
  if (isOwner) return certain(isOwner);
  if (role) return certain([column('is_owner')], role.note);
  const isMember = sql`select from ${declare(members)} where ${isTheirs} and ${companyId} = ${companyKey}`;
  const alternatives = flag.alternatives.map(({ value, note }) => ({
    ...{ value: sql`exists (${isMember} and ${value})`, note },
  }));
  return { ...flag, alternatives };
}

/** Joins the company with that key: one, though a view may have it twice. */
function joinCompany(
  { company, key }: Belonging,
  value: ColumnRef,
  exists: Sql | null,
  joins: Joins,
  column = key,
): void {
  joins.one(company, column, and(sql`${ref(company, column)} = ${value}`, exists));
}

const certain = (value: Sql, note: string | null = null): Fact => ({
  ...{ as: 'is_owner', chosen: { value, note }, alternatives: [] },
});

const ownWord = 'or whatever word they have for it';

/** Which column of a table says that somebody is an owner, for certain or perhaps. */
function ownerFlag(from: TableRef, relations: Relations): Fact {
  const [flag] = columnsNamed(from.table, words.ownerFlag, 'boolean');
  if (flag) return certain([ref(from, flag)]);
  const alternatives: Expression[] = [];
  for (const column of columnsNamed(from.table, words.role)) {
    const role = ref(from, column);
    const { allowedValues, kind, name } = column;
    const owner = allowedValues.find((value) => words.ownerRole.test(value));
    const admin = allowedValues.find((value) => words.adminRole.test(value));
    const perhaps = (value: Sql, note: string) => alternatives.push({ value, note });
    if (owner) return { ...certain(sql`${role} = ${literal(owner)}`), alternatives };
    if (admin) perhaps(sql`${role} = ${literal(admin)}`, 'nobody is called owner there');
    else if (allowedValues.length > 0) continue;
    else if (kind === 'text' && /role/i.test(name))
      // better-auth stores several roles as "owner,admin".
      return {
        ...certain(sql`'owner' = any (string_to_array(lower(${role}), ','))`, ownWord),
        alternatives,
      };
    else if (kind === 'number') perhaps(sql`${role} = 1`, 'a number: put that of the owners');
  }
  for (const { to, toColumn, fromColumn } of relations(from.table, 'parent')) {
    const [name] = columnsNamed(to, words.roleName, 'text');
    if (!/role$/.test(words.nounOf(to)) || !name) continue;
    const value = sql`(select lower(${inside(to, name)}) from ${to.quoted} where ${inside(to, toColumn)} = ${ref(from, fromColumn)}) = 'owner'`;
    return { ...certain(value, ownWord), alternatives };
  }
  return { as: 'is_owner', chosen: null, alternatives };
}

/** Joins the number of employees: the rows of a table of employees, of members, or of people. */
export function countEmployees(
  { person, company, membership, direct }: Belonging,
  joins: Joins,
  relations: Relations,
): Expression[] {
  const employees = relations(company.table, 'child').find(
    ({ polymorphic, to }) => !polymorphic && words.employeeTable.test(words.nounOf(to)),
  );
  const members = membership && reverse(membership.toCompany, membership.table);
  const counted = employees ?? members ?? (direct && reverse(direct, person.table));
  if (!counted) return [];
  const table = counted.to;
  joins.needIndex(table, counted.toColumn, 'the number of employees');
  const rows = { table, alias: table.quoted };
  const exists = notDeleted(rows, words.employmentEnded);
  const key = ref(company, counted.fromColumn);
  const isTheirs = sql`${inside(table, counted.toColumn)} = ${key}`;
  const isRepeated = membership && counted === members && !isOncePerCompany(membership);
  const what = isRepeated ? `distinct ${inside(table, membership.toMembers.toColumn)}` : '*';
  const body = sql`select count(${what}) as employee_count
from ${table.quoted}
where ${and(isTheirs, exists && [write(exists)])}
having ${key} is not null`;
  // Without a company it is null, not 0.
  joins.lateral('employed', body, `the rows of ${nameOf(table)}`);
  return [{ value: [{ alias: 'employed', column: 'employee_count' }], note: null }];
}
