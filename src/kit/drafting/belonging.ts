import { type Column, columnsLike, isUnique, type Table } from './catalogue.ts';
import type { Company, Membership } from './company.ts';
import type { Reading, Source } from './draft.ts';
import { nounOf } from './names.ts';
import { declare, isAlive, isWhole, type Place, refTo } from './readings.ts';
import { isTextual, type Relations } from './relations.ts';
import { literal, type Ref, type Sql, sql, write } from './sql.ts';

/** The sources that lead from a person to their companies, and what tells an owner. */
export type Belonging = { sources: Source[]; owner: Reading | null; perhapsOwner: Reading[] };

type Ends = { company: Company; person: Place; place: Place };

/** A row for each company that a person belongs to, and never two for one. */
export function belongingOf(
  ends: Ends,
  placeOf: (table: Table) => Place,
  relations: Relations,
): Belonging {
  const { company, person, place } = ends;
  const isOwner = ownerCondition(ends);
  const owner = isOwner && { value: isOwner, why: null };
  const { membership, direct } = company;

  if (membership !== null) {
    const members = placeOf(membership.table);
    const flag = ownerFlag(members, relations);
    const isSimple =
      isOwner === null &&
      isAlive(place) === null &&
      isUnique(members.table, membership.person, membership.company);
    return isSimple
      ? joined(ends, membership, members, flag)
      : gathered(ends, membership, members, flag);
  }
  const exists = isAlive(place);
  const owned = isOwner && exists ? sql`${isOwner}\n  and ${exists}` : isOwner;
  const flag = ownerFlag(person, relations);
  return {
    sources: [
      direct
        ? companyWith(place, direct.own, [refTo(person.alias, direct.outer)])
        : { how: 'left', ...place, on: owned ?? [], why: 'the companies that they own' },
    ],
    owner: owner ?? flag.sure,
    perhapsOwner: owner ? [] : flag.perhaps,
  };
}

type OwnerFlag = { sure: Reading | null; perhaps: Reading[] };

/** One row of the memberships is one company. */
function joined(
  { company, person, place }: Ends,
  membership: Membership,
  { table, alias }: Place,
  { sure, perhaps }: OwnerFlag,
): Belonging {
  const isTheirs = sql`${refTo(alias, membership.person)} = ${refTo(person.alias, membership.personKey)}`;
  const lasts = isAlive({ table, alias }, leftAt);
  const on = lasts === null ? isTheirs : sql`${isTheirs}\n  and ${lasts}`;
  const itsKey = [refTo(alias, membership.company)];
  return {
    sources: [
      { how: 'left', alias, table, on, why: null },
      companyWith(place, company.key, itsKey),
    ],
    owner: sure,
    perhapsOwner: perhaps,
  };
}

/** Memberships may be several for one company, of a deleted one, or not know of its owner. */
function gathered(
  ends: Ends,
  membership: Membership,
  members: Place,
  { sure, perhaps }: OwnerFlag,
): Belonging {
  const { company, person, place } = ends;
  const isOwner = ownerCondition(ends);
  const companyExists = isAlive(place);
  const lasts = isAlive(members, leftAt);
  const isSeveral = !isUnique(members.table, membership.person, membership.company);
  const role = isOwner === null ? (sure?.value ?? null) : null;
  const key = write([refTo(place.alias, company.key)]);
  const its = write([refTo(members.alias, membership.company)]);
  const theirs = `${write([refTo(members.alias, membership.person)])} = ${write([refTo(person.alias, membership.personKey)])}`;

  const flag = role && `,\n  ${isSeveral ? `bool_or(${write(role)})` : write(role)} as is_owner`;
  const isGrouped = isSeveral && isOwner === null;
  const lines = [
    `select ${its} as company_id${flag ?? ''}`,
    `from ${declare(members)}`,
    ...(companyExists
      ? [`join ${declare(place)} on ${key} = ${its}`, `  and ${write(companyExists)}`]
      : []),
    `where ${theirs}${lasts ? ` and ${write(lasts)}` : ''}`,
    ...(isGrouped ? ['group by 1'] : []),
    ...(isOwner
      ? [
          'union',
          `select ${key}`,
          `from ${declare(place)}`,
          `where ${write(isOwner)}${companyExists ? ` and ${write(companyExists)}` : ''}`,
        ]
      : []),
  ];
  const why = isOwner
    ? 'members, and owners that are not among them'
    : isSeveral
      ? 'once, however many rows say so'
      : 'not in deleted companies';
  const belongs = (column: string): Ref => ({ of: 'belonging', column });
  const isMember = `select from ${declare(members)} where ${theirs} and ${its} =`;
  return {
    sources: [
      { how: 'lateral', alias: 'belonging', body: [lines.join('\n')], why },
      // Those that are deleted were left out inside.
      companyWith(place, company.key, [belongs('company_id')], null),
    ],
    owner: isOwner
      ? { value: isOwner, why: null }
      : role && { value: [belongs('is_owner')], why: sure?.why ?? null },
    perhapsOwner:
      isOwner || role
        ? []
        : perhaps.map(({ value, why }) => ({
            value: [`exists (${isMember} ${key} and ${write(value)})`],
            why,
          })),
  };
}

const leftAt = /^left(at|on)?$/;

function ownerCondition({ company, person, place }: Ends): Sql | null {
  const { owner } = company;
  return owner && sql`${refTo(place.alias, owner.own)} = ${refTo(person.alias, owner.outer)}`;
}

/** The company with that key: one, though a view may have it twice. */
function companyWith(place: Place, key: Column, value: Sql, exists = isAlive(place)): Source {
  const isIt = sql`${refTo(place.alias, key)} = ${value}`;
  const on = exists ? sql`${isIt}\n  and ${exists}` : isIt;
  return isUnique(place.table, key)
    ? { how: 'left', ...place, on, why: null }
    : { how: 'pick', ...place, on, orderBy: [], why: 'nothing says that there is only one' };
}

const roleNames = [
  /^(member|user|team|account|organi[sz]ation|workspace|company|base)?(role|level)(name)?$/,
  /^(type|kind|accesslevel|permission)$/,
];

/** Which column tells an owner, surely or perhaps. */
function ownerFlag({ table, alias }: Place, relations: Relations): OwnerFlag {
  const perhaps: Reading[] = [];
  for (const column of columnsLike(table, /^(is)?(primary|account|company|team)?owner$/)) {
    const ref = refTo(alias, column);
    if (column.type === 'bool') return { sure: { value: [ref], why: null }, perhaps };
  }
  for (const column of columnsLike(table, ...roleNames)) {
    const ref = refTo(alias, column);
    const owner = column.words.find((word) =>
      /^(super|account|team|company|org\w*|workspace)?_?owner$/i.test(word),
    );
    const admin = column.words.find((word) => /^admin(istrator)?$/i.test(word));
    if (owner) return { sure: { value: sql`${ref} = ${literal(owner)}`, why: null }, perhaps };
    if (admin)
      perhaps.push({ value: sql`${ref} = ${literal(admin)}`, why: 'nobody is called owner there' });
    else if (column.words.length > 0) continue;
    else if (isTextual(column.type) && /role/.test(column.name.toLowerCase()))
      return {
        sure: { value: sql`lower(${ref}) = 'owner'`, why: 'or whatever word they have for it' },
        perhaps,
      };
    else if (isWhole(column))
      perhaps.push({ value: sql`${ref} = 1`, why: 'a number: put that of the owners' });
  }
  for (const { to, own, outer, by } of relations(table)) {
    const name = columnsLike(to, /^(name|key|slug|code)$/).find(({ type }) => isTextual(type));
    if (by !== outer || !/role$/.test(nounOf(to.name)) || !name) continue;
    const value = sql`(select lower(${to.quoted}.${name.quoted}) from ${to.quoted} where ${to.quoted}.${own.quoted} = ${refTo(alias, outer)}) = 'owner'`;
    return { sure: { value, why: 'or whatever word they have for it' }, perhaps };
  }
  return { sure: null, perhaps };
}
