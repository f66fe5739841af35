import { rankBilling } from './billing.ts';
import { addUp, rankBy } from './candidates.ts';
import {
  type Catalogue,
  type Column,
  columnsNamed,
  type Index,
  isUnique,
  nameOf,
  type Table,
} from './catalogue.ts';
import { type MissingIndex, notDeleted } from './joins.ts';
import { isNonOwnerReference, type Relation, type Relations } from './relations.ts';
import {
  and,
  type ColumnRef,
  concat,
  declare,
  ref,
  type Sql,
  sql,
  type TableRef,
  write,
} from './sql.ts';
import * as words from './vocabulary.ts';

/** A table whose rows are people, and where their addresses are. */
export type People = {
  table: Table;
  address: Column;
  /** The table of the addresses and its relation to the people, where that is another table. */
  addressBook: { table: Table; toPerson: Relation } | null;
  score: number;
  reasons: string[];
};

/** Whether the table is named as tables of people are. */
export const isPeople = (table: Table) =>
  words.weightOf(words.nounOf(table), words.personTable) > 0 &&
  !words.notPersonTable.test(words.nounOf(table));

/** All tables of people that have addresses, the likeliest first. */
export function rankPeople({ tables }: Catalogue, relations: Relations): People[] {
  const ranked = tables.flatMap((table) => peopleWithAddressIn(table, relations) ?? []);
  return rankBy(
    ranked,
    (people) => people.score,
    (people) => nameOf(people.table),
  );
}

function peopleWithAddressIn(from: Table, relations: Relations): People | null {
  const address = addressIn(from);
  if (address === null) return null;
  const toPerson = personOf(from, relations);
  const hasOwn = toPerson !== null && addressIn(toPerson.to) !== null;
  const isBook = toPerson !== null && words.addressTable.test(words.nounOf(from));
  const table = isBook ? toPerson.to : from;
  const isAppendage = hasOwn && toPerson.to !== from;

  const noun = words.nounOf(table);
  const pay = rankBilling({ company: null, person: table }, relations).length > 0;
  const referring = relations(table, 'child').filter(({ polymorphic }) => !polymorphic).length;
  const refer = `${referring} ${referring === 1 ? 'table refers' : 'tables refer'} to them`;
  const evidence = addUp(
    [isBook, hasOwn ? 3 : 9, `their addresses are rows of ${nameOf(from)}`],
    [!isBook && isUniqueAddress(table, address), 4, `${address.name} is unique`],
    [!isBook, words.weightOf(words.normalize(address.name), words.address)],
    // Such as a profile of somebody who has an address themselves.
    [!isBook && isAppendage, -8],
    [true, words.weightOf(noun, words.personTable)],
    [words.notPersonTable.test(noun), -12],
    [words.notPersonSchema.test(table.schema), -6],
    [table.isView, -3],
    [table.rows === 0, -2],
    [columnsNamed(table, [/name$/]).length > 0, 1],
    [table.secrets.some((name) => /passw/i.test(name)), 3, 'they sign in'],
    [pay, 9, 'they pay'],
    [referring > 0, Math.min(3, Math.log2(1 + referring)), refer],
  );
  return { table, address, addressBook: isBook ? { table: from, toPerson } : null, ...evidence };
}

/** The column of a table that most looks like its people's address. */
function addressIn(table: Table): Column | null {
  const weights: words.Weights = /e?mail(address)?$/.test(words.nounOf(table))
    ? [[/^(address|value)$/, 9], ...words.address]
    : words.address;
  const weightOf = ({ name }: Column) => words.weightOf(words.normalize(name), weights);
  const candidates = table.columns.filter(
    (column) => column.kind === 'text' && weightOf(column) > 0,
  );
  return rankBy(candidates, weightOf)[0] ?? null;
}

/** The relation to the person whom a row is about. */
function personOf(table: Table, relations: Relations): Relation | null {
  const toPeople = relations(table, 'parent').filter(
    (relation) =>
      !isNonOwnerReference(relation) &&
      words.weightOf(words.nounOf(relation.to), words.personTable) >= 5,
  );
  return rankBy(toPeople, ({ isForeignKey }) => isForeignKey)[0] ?? null;
}

const isUniqueAddress = (table: Table, address: Column) =>
  isUnique(table, address) ||
  table.indexes.some(
    ({ isUnique, first, columns }) =>
      isUnique && columns.length === 1 && columns[0] === null && first.includes(address.quoted),
  );

/** The table in which a person's address is, and its column, for messages. */
export const describeAddress = ({ table, address, addressBook }: People) =>
  `${nameOf(addressBook?.table ?? table)} (${address.name})`;

/** The beginning of the query: from the addresses in `$1` to the people. */
export type FindPeople = {
  from: Sql;
  email: ColumnRef;
  preference: ColumnRef;
  missingIndex: MissingIndex | null;
};

const asked = 'unnest($1::text[]) with ordinality as asked (email, preference)';

export function findPeople({ address, addressBook }: People, person: TableRef): FindPeople {
  const exists = notDeleted(person);
  if (addressBook === null) {
    const { condition, missingIndex } = compareAddress(person, address, exists);
    return {
      from: sql`from ${asked}\njoin ${declare(person)} on ${and(condition, exists)}`,
      email: ref(person, address),
      preference: { alias: 'asked', column: 'preference' },
      missingIndex,
    };
  }

  // Somebody who wrote from two of their addresses is still one person.
  const book = { table: addressBook.table, alias: addressBook.table.alias };
  const bookExists = notDeleted(book);
  const { condition, missingIndex } = compareAddress(book, address, bookExists);
  const owner = ref(book, addressBook.toPerson.fromColumn);
  const found = (column: string): ColumnRef => ({ alias: 'found', column });
  const isPerson = sql`${ref(person, addressBook.toPerson.toColumn)} = ${found('person_id')}`;
  return {
    from: sql`from (
  select distinct on (${owner}) ${owner} as person_id, ${ref(book, address)} as email, asked.preference
  from ${asked}
  join ${declare(book)} on ${concat([condition, bookExists], '\n    and ')}${unlessVerified(book)}
  order by ${owner}, asked.preference
) as found
join ${declare(person)} on ${and(isPerson, exists)}`,
    email: found('email'),
    preference: found('preference'),
    missingIndex,
  };
}

function unlessVerified(book: TableRef): Sql {
  const [verified] = columnsNamed(book.table, words.addressVerified);
  if (!verified) return [];
  const isVerified = verified.kind === 'boolean' ? '' : ' is not null';
  return sql`\n    -- and ${ref(book, verified)}${isVerified}  -- if anybody may add an address that is not theirs`;
}

/** Compares so that an index serves, whatever the case in which the address was stored. */
function compareAddress(from: TableRef, address: Column, exists: Sql | null) {
  const { table } = from;
  const { name, quoted } = address;
  const stored = ref(from, address);
  const usable = table.indexes.filter((index) => serves(index, exists));
  const isIndexed = usable.some(({ columns }) => columns[0] === name);
  const foldsOf = usable.flatMap(({ first }) => {
    const [, fold, column] = /^(lower|upper)\((.+?)(?:::text)?\)$/.exec(first) ?? [];
    return column?.replace(/^\((.+)\)$/, '$1') === quoted ? fold : [];
  });
  const compare = (condition: Sql, expression: string, hasIndex: boolean, hint = '') => {
    const missing = { table, expression, note: `to find an address${hint}` };
    return { condition, missingIndex: hasIndex || table.isView ? null : missing };
  };

  if (address.ignoresCase) {
    const cast = address.type === 'citext' ? `::${address.cast}` : '';
    return compare(sql`${stored} = asked.email${cast}`, quoted, isIndexed);
  }
  const hasLower = foldsOf.includes('lower');
  if (foldsOf.includes('upper') && !hasLower)
    return compare(sql`upper(${stored}) = upper(asked.email)`, `upper(${quoted})`, true);
  const hint = `; or, if all are stored in lower case, compare ${write([stored])} = asked.email`;
  const condition = sql`lower(${stored}) = asked.email`;
  return compare(condition, `lower(${quoted})`, hasLower, isIndexed ? hint : '');
}

/** Whether the condition of a partial index, if it has one, is that of the query. */
function serves({ predicate }: Index, exists: Sql | null): boolean {
  if (predicate === null) return true;
  const ours = exists?.map((part) => (typeof part === 'string' ? part : part.column)).join('');
  return ours !== undefined && predicate.toLowerCase() === ours.toLowerCase();
}
