import { type Column, columnsLike, isUnique, keyOf, nameOf, type Table } from './catalogue.ts';
import { nounOf, squash } from './names.ts';
import { type Hop, isAside, isTextual, type Relations } from './relations.ts';

/** How a person belongs to a company. */
export type Company = {
  table: Table;
  key: Column;
  /** The column of the people that refers to their company. */
  direct: Hop | null;
  /** The table that says who belongs to which. */
  membership: Membership | null;
  /** The column of the companies that refers to their owner. */
  owner: Hop | null;
  score: number;
};

export type Membership = { table: Table; person: Column; personKey: Column; company: Column };

/** What people who pay together are called, the likeliest first. Some are other things elsewhere. */
const companyNouns: readonly (readonly [RegExp, number])[] = [
  [
    /(social|oauth|bank|e?mail|external|linked|provider|billing|stripe|service|sub|ledger)account$|partnerorg/,
    0,
  ],
  [/(company|organi[sz]ation|org)$/, 10],
  [/(tenant|workspace)$/, 9],
  [/(account|team|business|firm)$/, 8],
  [/(agency|clinic|school|practice|shop|store|merchant|studio|institution)$/, 7],
  [/(customer|client|site)$/, 5],
  [/(project|namespace|realm|partner|household|family|space)$/, 4],
  [/group$/, 2],
];

const notACompany =
  /invit|log$|audit|event|histor|version|setting|config|request|template|type$|role$|status$/;

const memberNouns =
  /member(ship)?s?$|seat$|employment|employee$|staff|collaborator|teammate|participant|profile$|user(role)?$/;

/** The companies that people may belong to, the likeliest first; only `wanted` where it is given. */
export function rankCompanies(
  people: Table,
  tables: readonly Table[],
  wanted: Table | null,
  relations: Relations,
): Company[] {
  const candidates = wanted
    ? [wanted]
    : tables.filter((table) => table !== people && nounWeight(table) > 0 && hasName(table));
  return candidates
    .flatMap(
      (table) => howTheyBelong(people, table, wanted ? 10 : nounWeight(table), relations) ?? [],
    )
    .sort((a, b) => b.score - a.score || nameOf(a.table).localeCompare(nameOf(b.table)));
}

function nounWeight(table: Table): number {
  const noun = nounOf(table.name);
  if (notACompany.test(noun)) return 0;
  return companyNouns.find(([name]) => name.test(noun))?.[1] ?? 0;
}

const hasName = (table: Table) =>
  columnsLike(
    table,
    /^(legal|display|company|organi[sz]ation|account|team|business|workspace|tenant|shop|store)?name$|^title$|^slug$/,
  ).some(({ type }) => isTextual(type));

function howTheyBelong(
  people: Table,
  table: Table,
  noun: number,
  relations: Relations,
): Company | null {
  const key = keyOf(table);
  if (key === null) return null;
  const fromPeople = relations(people);
  const owner = best(
    fromPeople.filter(
      (hop) => hop.to === table && hop.by === hop.own && ownerNames.test(squash(hop.by.name)),
    ),
  );
  const refersToIt = fromPeople.filter((hop) => hop.to === table && hop.by === hop.outer);
  const direct = best(refersToIt.filter((hop) => !isAside(hop)));
  const found = bestMembership(people, table, relations);
  const membership = found?.membership ?? null;

  // A direct reference beside a table of memberships is often the company they look at right now.
  const isMember = membership !== null && noun >= 4;
  const isOwned = owner !== null && noun >= 7;
  if (!isMember && !direct && !isOwned) return null;
  const score = noun + (isMember ? 3 + (found?.score ?? 0) / 4 : direct ? 2 : 1);
  return {
    ...{ table, key, score, owner },
    membership: isMember ? membership : null,
    direct: isMember ? null : direct,
  };
}

const ownerNames =
  /^(owner|owneruser|primaryowner|accountowner|user|admin|founder|createdby)(id|uuid)?$/;

function bestMembership(people: Table, company: Table, relations: Relations) {
  const found = relations(people)
    .filter((hop) => hop.by === hop.own && hop.kind === null && hop.to !== company && !isAside(hop))
    .flatMap((hop) => {
      const toCompany = best(
        relations(hop.to).filter(
          (next) =>
            next.to === company && next.by === next.outer && next.by !== hop.own && !isAside(next),
        ),
      );
      if (toCompany === null) return [];
      const membership = {
        ...{ table: hop.to, person: hop.own, personKey: hop.outer, company: toCompany.outer },
      };
      return [{ membership, score: memberScore(membership, people, company) }];
    })
    .filter(({ score }) => score >= 4);
  return found.sort((a, b) => b.score - a.score)[0] ?? null;
}

function memberScore(
  { table, person, company }: Membership,
  people: Table,
  companies: Table,
): number {
  const noun = nounOf(table.name);
  if (notACompany.test(noun) || table.columns.some((c) => /^token$|invitee/.test(c.name))) return 0;
  const bothNouns = noun.includes(nounOf(companies.name)) && noun.includes(nounOf(people.name));
  let score = 0;
  if (memberNouns.test(noun) || bothNouns) score += 4;
  if (bothNouns || noun.includes(nounOf(companies.name))) score += 2;
  if (isUnique(table, person, company)) score += 4;
  if (isUnique(table, person)) score += 1;
  if (columnsLike(table, /role|owner/).length > 0) score += 2;
  return score;
}

const best = (hops: readonly Hop[]): Hop | null =>
  [...hops].sort(
    (a, b) => Number(b.isDeclared) - Number(a.isDeclared) || a.by.name.length - b.by.name.length,
  )[0] ?? null;
