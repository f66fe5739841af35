import { rankBilling } from './billing.ts';
import { addUp, rankBy } from './candidates.ts';
import {
  type Catalogue,
  type Column,
  columnsNamed,
  type Index,
  isBoolean,
  isText,
  isUnique,
  nameOf,
  type Table,
} from './catalogue.ts';
import { type MissingIndex, notDeleted } from './joins.ts';
import { isNonOwnerReference, type Relation, type Relations } from './relations.ts';
import {
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
  const ranked = tables.flatMap((table): People[] => {
    const address = addressIn(table);
    if (address === null) return [];
    const toPerson = personOf(table, relations);
    return toPerson && words.addressTable.test(words.nounOf(table))
      ? [inAddressBook(table, address, toPerson, relations)]
      : [inOwnTable(table, address, toPerson, relations)];
  });
  return rankBy(
    ranked,
    ({ score }) => score,
    ({ table }) => nameOf(table),
  );
}

/** The column of a table that most looks like its people's address. */
function addressIn(table: Table): Column | null {
  const weights: words.Weights = /e?mail(address)?$/.test(words.nounOf(table))
    ? [[/^(address|value)$/, 9], ...words.address]
    : words.address;
  const weightOf = ({ name }: Column) => words.weightOf(words.normalize(name), weights);
  const candidates = table.columns.filter((column) => isText(column) && weightOf(column) > 0);
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

function inOwnTable(
  table: Table,
  address: Column,
  toPerson: Relation | null,
  relations: Relations,
): People {
  const { score, reasons } = evidence(table, relations);
  // Such as a profile of somebody who has an address themselves.
  const isAppendage = toPerson !== null && toPerson.to !== table && addressIn(toPerson.to) !== null;
  const own = addUp(
    [isUniqueAddress(table, address), 4, `${address.name} is unique`],
    [true, words.weightOf(words.normalize(address.name), words.address)],
    [isAppendage, -8],
  );
  return {
    ...{ table, address, addressBook: null, score: score + own.score },
    reasons: [...own.reasons, ...reasons],
  };
}

function inAddressBook(
  book: Table,
  address: Column,
  toPerson: Relation,
  relations: Relations,
): People {
  const table = toPerson.to;
  const { score, reasons } = evidence(table, relations);
  return {
    ...{ table, address, addressBook: { table: book, toPerson } },
    // People who have an address of their own need no other table to be found.
    score: score + (addressIn(table) === null ? 9 : 3),
    reasons: [`their addresses are rows of ${nameOf(book)}`, ...reasons],
  };
}

/** What speaks for a table of people, whatever its address. */
function evidence(table: Table, relations: Relations) {
  const noun = words.nounOf(table);
  const signIn = table.secrets.some((name) => /passw/i.test(name));
  const pay = rankBilling({ company: null, person: table }, relations).length > 0;
  const referring = relations(table, 'child').filter(({ polymorphic }) => !polymorphic).length;
  const refer = `${referring} ${referring === 1 ? 'table refers' : 'tables refer'} to them`;
  return addUp(
    [true, words.weightOf(noun, words.personTable)],
    [words.notPersonTable.test(noun), -12],
    [words.notPersonSchema.test(table.schema), -6],
    [table.isView, -3],
    [table.rows === 0, -2],
    [columnsNamed(table, [/name$/]).length > 0, 1],
    [signIn, 3, 'they sign in'],
    [pay, 9, 'they pay'],
    [referring > 0, Math.min(3, Math.log2(1 + referring)), refer],
  );
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
      from: sql`from ${asked}\njoin ${declare(person)} on ${concat([condition, exists], '\n  and ')}`,
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
  const [verified] = columnsNamed(book.table, words.addressVerified);
  const unverified = verified
    ? sql`\n  -- and ${ref(book, verified)}${isBoolean(verified) ? '' : ' is not null'}  -- if anybody may add an address that is not theirs`
    : '';
  const found = (column: string): ColumnRef => ({ alias: 'found', column });
  const isPerson = sql`${ref(person, addressBook.toPerson.toColumn)} = ${found('person_id')}`;
  return {
    from: sql`from (
  select distinct on (${owner}) ${owner} as person_id, ${ref(book, address)} as email, asked.preference
  from ${asked}
  join ${declare(book)} on ${concat([condition, bookExists], ' and ')}${unverified}
  order by ${owner}, asked.preference
) as found
join ${declare(person)} on ${concat([isPerson, exists], '\n  and ')}`,
    email: found('email'),
    preference: found('preference'),
    missingIndex,
  };
}

/** Compares so that an index serves, whatever the case in which the address was stored. */
function compareAddress(from: TableRef, address: Column, exists: Sql | null) {
  const { table } = from;
  const stored = ref(from, address);
  const usable = table.indexes.filter((index) => serves(index, exists));
  const isIndexed = usable.some(({ columns }) => columns[0] === address.name);
  const compare = (condition: Sql, index: string, hasIndex: boolean, hint = '') => ({
    condition,
    missingIndex:
      hasIndex || table.isView
        ? null
        : { table, expression: index, note: `to find an address${hint}` },
  });

  if (address.ignoresCase) {
    const cast = address.type === 'citext' ? `::${address.cast}` : '';
    return compare(sql`${stored} = asked.email${cast}`, address.quoted, isIndexed);
  }
  const folds = usable.flatMap(({ first }) => {
    const [, fold = '', column] = /^(lower|upper)\((.+?)(?:::text)?\)$/.exec(first) ?? [];
    return column?.replace(/^\((.+)\)$/, '$1') === address.quoted ? [fold] : [];
  });
  const lower = folds.includes('lower');
  if (folds.includes('upper') && !lower)
    return compare(sql`upper(${stored}) = upper(asked.email)`, '', true);
  const hint = `; or, if all are stored in lower case, compare ${write([stored])} = asked.email`;
  return compare(
    sql`lower(${stored}) = asked.email`,
    `lower(${address.quoted})`,
    lower,
    isIndexed ? hint : '',
  );
}

/** Whether the condition of a partial index, if it has one, is that of the query. */
function serves({ predicate }: Index, exists: Sql | null): boolean {
  if (predicate === null) return true;
  const ours = exists?.map((part) => (typeof part === 'string' ? part : part.column)).join('');
  return ours !== undefined && predicate.toLowerCase() === ours.toLowerCase();
}
