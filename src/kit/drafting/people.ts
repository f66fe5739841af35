import { rankBilling } from './billing.ts';
import {
  type Catalogue,
  type Column,
  columnsLike,
  isUnique,
  nameOf,
  type Table,
} from './catalogue.ts';
import { nounOf, squash } from './names.ts';
import { type Hop, isAside, isTextual, type Relations } from './relations.ts';

/** A table whose rows are people, and where their addresses are. */
export type People = {
  table: Table;
  address: Column;
  /** The way from the table of the addresses to the people, where that is another table. */
  apart: { table: Table; hop: Hop } | null;
  score: number;
  reasons: string[];
};

type Weight = readonly [RegExp, number];
const weigh = (weights: readonly Weight[], name: string) =>
  weights.find(([noun]) => noun.test(name))?.[1] ?? 0;

const personNouns: readonly Weight[] = [
  [/^(admin|staff|super|support|internal|backoffice|system|root)/, -4],
  [/^(auth|app|site|core|portal|accounts)?user$/, 12],
  [/user(account|entity|record)?$/, 9],
  [/person$/, 9],
  [/(customer|member|client|subscriber|login)$/, 7],
  [/(profile|account)$/, 5],
  [/(identity|partner|employee|contact|student|owner)$/, 3],
];

/** Tables that have addresses, but not of people who have an account. */
const otherNouns =
  /invit|log$|audit|event|histor|version|archive|messag|newsletter|campaign|template|lead|prospect|waitlist|webhook|session|ticket|comment|order|invoice|payment|charge|refund|transaction|request|temp$|tmp|backup|^old|staging|import|export|block|bann|stripe|paddle|^pay|billing|suppress|bounce|screened|unsubscri|reset|confirm|verif|notif|setting|config|job|queue|attempt|push|feedback|referral|coupon|domain|access/;

const addressNames: readonly Weight[] = [
  [/^(email|mail)(address|addr)?$/, 10],
  [
    /^(primary|login|user|work|account|contact|canonical|normali[sz]ed|lower|person|member|customer)e?mail(address)?$/,
    7,
  ],
  [/e?mail(address|canonical|normali[sz]ed|lower|lowercase)?$/, 2],
];

/** Whether the table is called as tables of people are. */
export const isPeople = ({ name }: Table) =>
  weigh(personNouns, nounOf(name)) > 0 && !otherNouns.test(nounOf(name));

/** Everybody who may be meant, the likeliest first. */
export function rankPeople({ tables }: Catalogue, relations: Relations): People[] {
  const ranked = tables.flatMap((table) => {
    const address = addressIn(table);
    if (address === null) return [];
    const owner = addressBook.test(nounOf(table.name)) ? personOf(table, relations) : null;
    return [owner ? apart(table, address, owner, relations) : inOne(table, address, relations)];
  });
  return ranked.sort((a, b) => b.score - a.score || nameOf(a.table).localeCompare(nameOf(b.table)));
}

/** The column of a table that most looks like its people's address. */
export function addressIn(table: Table): Column | null {
  const isAddressBook = /e?mail(address)?$/.test(nounOf(table.name));
  const weights: Weight[] = isAddressBook
    ? [[/^(address|value)$/, 9], ...addressNames]
    : [...addressNames];
  return (
    table.columns
      .filter(({ type }) => isTextual(type))
      .map((column) => ({ column, weight: weigh(weights, squash(column.name)) }))
      .filter(({ weight }) => weight > 0)
      .sort((a, b) => b.weight - a.weight)[0]?.column ?? null
  );
}

/** Tables of addresses that belong to the people of another table. */
const addressBook = /(e?mail(address)?|identity|login|credential|contactpoint)$/;

function personOf(table: Table, relations: Relations): Hop | null {
  const hops = relations(table).filter(
    (hop) => hop.by === hop.outer && !isAside(hop) && weigh(personNouns, nounOf(hop.to.name)) >= 5,
  );
  return hops.sort((a, b) => Number(b.isDeclared) - Number(a.isDeclared))[0] ?? null;
}

/** Whether the rows belong to people who have an address themselves, as profiles may. */
function isAppendage(table: Table, relations: Relations): boolean {
  const hop = personOf(table, relations);
  return hop !== null && hop.to !== table && addressIn(hop.to) !== null;
}

function inOne(table: Table, address: Column, relations: Relations): People {
  const { score, reasons } = evidence(table, relations);
  const isAlone = isUnique(table, address) || hasCaselessUnique(table, address);
  if (isAlone) reasons.unshift(`${address.name} is unique`);
  const name = weigh(addressNames, squash(address.name));
  const points = score + name + (isAlone ? 4 : 0) - (isAppendage(table, relations) ? 8 : 0);
  return { table, address, apart: null, score: points, reasons };
}

function apart(book: Table, address: Column, hop: Hop, relations: Relations): People {
  const { score, reasons } = evidence(hop.to, relations);
  reasons.unshift(`their addresses are rows of ${nameOf(book)}`);
  // People who have an address of their own need no other table to be found.
  const bonus = addressIn(hop.to) === null ? 9 : 3;
  return { table: hop.to, address, apart: { table: book, hop }, score: score + bonus, reasons };
}

/** What speaks for a table of people, whatever its address. */
function evidence(table: Table, relations: Relations) {
  const noun = nounOf(table.name);
  const reasons: string[] = [];
  let score = weigh(personNouns, noun);
  if (otherNouns.test(noun)) score -= 12;
  if (/^(storage|realtime|vault|cron|net|graphql|extensions|archive|backup)$/.test(table.schema))
    score -= 6;
  if (table.isView) score -= 3;
  if (table.rows === 0) score -= 2;
  if (columnsLike(table, /name$/).length > 0) score += 1;
  if (table.secrets.some((name) => /passw/i.test(name))) {
    score += 3;
    reasons.push('they sign in');
  }
  if (rankBilling({ company: null, person: table }, relations).length > 0) {
    score += 9;
    reasons.push('they pay');
  }
  const referring = relations(table).filter(
    (hop) => hop.by === hop.own && hop.kind === null,
  ).length;
  if (referring > 0)
    reasons.push(`${referring} ${referring === 1 ? 'table refers' : 'tables refer'} to them`);
  return { score: score + Math.min(3, Math.log2(1 + referring)), reasons };
}

function hasCaselessUnique(table: Table, address: Column): boolean {
  return table.indexes.some(
    ({ isUnique, first, columns }) =>
      isUnique && columns.length === 1 && columns[0] === null && first.includes(address.quoted),
  );
}
