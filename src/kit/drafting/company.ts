import { addUp, rankBy } from './candidates.ts';
import { type Column, columnsNamed, isUnique, keyOf, nameOf, type Table } from './catalogue.ts';
import { isNonOwnerReference, type Relation, type Relations, surest } from './relations.ts';
import * as words from './vocabulary.ts';

/** Which table is the company, and how people belong to it. */
export type Company = {
  table: Table;
  key: Column;
  /** The column of the people that refers to their company. */
  direct: Relation | null;
  /** The table that says who belongs to which. */
  membership: Membership | null;
  /** The column of the companies that refers to their owner. */
  owner: Relation | null;
  score: number;
};

/** The table between people and companies, by its relations to both. */
export type Membership = { table: Table; toMembers: Relation; toCompany: Relation };

/** The likeliest first; only `wanted` where the user named one. */
export function rankCompanies(
  people: Table,
  tables: readonly Table[],
  wanted: Table | null,
  relations: Relations,
): Company[] {
  const candidates = wanted
    ? [{ table: wanted, noun: 10 }]
    : tables
        .filter((table) => table !== people && hasName(table))
        .map((table) => ({ table, noun: nounScore(table) }))
        .filter(({ noun }) => noun > 0);
  const companies = candidates.flatMap(
    ({ table, noun }) => companyOf(people, table, noun, relations) ?? [],
  );
  return rankBy(
    companies,
    ({ score }) => score,
    ({ table }) => nameOf(table),
  );
}

function nounScore(table: Table): number {
  const noun = words.nounOf(table);
  return words.notCompanyTable.test(noun) ? 0 : words.weightOf(noun, words.companyTable);
}

const hasName = (table: Table) =>
  columnsNamed(table, [...words.companyName, ...words.companyTitle], 'text').length > 0;

/** The table as the company of these people, where there is a way from the one to the other. */
function companyOf(
  people: Table,
  table: Table,
  noun: number,
  relations: Relations,
): Company | null {
  const key = keyOf(table);
  if (key === null) return null;
  const owner = surest(
    relations(people, 'child').filter(
      ({ to, reference }) =>
        to === table && words.companyOwnerReference.test(words.normalize(reference.name)),
    ),
  );
  const direct = surest(
    relations(people, 'parent').filter(
      (relation) => relation.to === table && !isNonOwnerReference(relation),
    ),
  );
  const membership = noun >= 4 ? membershipOf(people, table, relations) : null;
  if (!membership && !direct && !(owner && noun >= 7)) return null;
  const byWay = membership ? 3 + membership.score / 4 : direct ? 2 : 1;
  return {
    ...{ table, key, owner, membership, score: noun + byWay },
    // Beside memberships, it is often the company that the person looks at right now.
    direct: membership ? null : direct,
  };
}

const minMembershipScore = 4;

/** The table that most looks like the memberships of these people in these companies, or null. */
function membershipOf(people: Table, company: Table, relations: Relations) {
  const candidates = relations(people, 'child')
    .filter((toMembers) => !toMembers.polymorphic && !isNonOwnerReference(toMembers))
    .flatMap((toMembers) => {
      const toCompanies = relations(toMembers.to, 'parent').filter(
        ({ to, reference }) => to === company && reference !== toMembers.reference,
      );
      const toCompany = surest(toCompanies.filter((relation) => !isNonOwnerReference(relation)));
      if (toCompany === null || toMembers.to === company) return [];
      const membership = { table: toMembers.to, toMembers, toCompany };
      return [{ ...membership, score: membershipScore(membership, people) }];
    })
    .filter(({ score }) => score >= minMembershipScore);
  return rankBy(candidates, ({ score }) => score)[0] ?? null;
}

export const isOncePerCompany = ({ table, toMembers, toCompany }: Membership) =>
  isUnique(table, toMembers.reference, toCompany.reference);

function membershipScore(membership: Membership, people: Table): number {
  const { table, toMembers, toCompany } = membership;
  const noun = words.nounOf(table);
  const isInvitation = table.columns.some(({ name }) => words.invitee.test(name));
  if (words.notCompanyTable.test(noun) || isInvitation) return 0;
  const namesCompany = noun.includes(words.nounOf(toCompany.to));
  const namesBoth = namesCompany && noun.includes(words.nounOf(people));
  return addUp(
    [words.membershipTable.test(noun) || namesBoth, 4],
    [namesCompany, 2],
    [isOncePerCompany(membership), 4],
    [isUnique(table, toMembers.reference), 1],
    [columnsNamed(table, [/role|owner/]).length > 0, 2],
  ).score;
}

/** The company and the way to it, for the draft's head. */
export function describeCompany({ table, membership, direct, owner }: Company): string {
  const ways = [
    membership &&
      `members in ${nameOf(membership.table)} (${membership.toMembers.reference.name}, ${membership.toCompany.reference.name})`,
    direct &&
      `each person's ${direct.reference.name}${direct.isForeignKey ? '' : ', going by its name'}`,
    owner && `owner in ${owner.reference.name}`,
  ].filter((way) => way !== null);
  return `${nameOf(table)}: ${ways.join('; ')}`;
}
