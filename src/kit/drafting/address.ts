import { type Column, columnsLike, type Index, type Table } from './catalogue.ts';
import type { Draft, MissingIndex } from './draft.ts';
import type { People } from './people.ts';
import { declare, isAlive, type Place, refTo } from './readings.ts';
import { type Ref, type Sql, sql, write } from './sql.ts';

/** The beginning of the query: from the addresses that are asked for to the people. */
export type ByAddress = Pick<Draft, 'start' | 'email' | 'preference'> & {
  missing: MissingIndex | null;
};

const unnested = 'unnest($1::text[]) with ordinality as asked (email, preference)';

export function findByAddress(people: People, person: Place): ByAddress {
  const { table, address, apart } = people;
  const alive = isAlive(person);
  const also = alive === null ? [] : sql`\n  and ${alive}`;

  if (apart === null) {
    const { condition, missing } = comparison(table, person.alias, address, alive);
    return {
      start: sql`from ${unnested}\njoin ${declare(person)} on ${condition}${also}`,
      email: refTo(person.alias, address),
      preference: { of: 'asked', column: 'preference' },
      missing,
    };
  }

  // Whoever wrote from two addresses of theirs is still one person.
  const book = { table: apart.table, alias: apart.table.alias };
  const bookAlive = isAlive(book);
  const { condition, missing } = comparison(book.table, book.alias, address, bookAlive);
  const owner = refTo(book.alias, apart.hop.outer);
  const email = refTo(book.alias, address);
  const found = (column: string): Ref => ({ of: 'found', column });
  const confirmed = columnsLike(book.table, /^(is)?(confirmed|verified)(at|on)?$/)[0];
  const unless = confirmed
    ? `\n  -- and ${book.alias}.${confirmed.quoted}${confirmed.type === 'bool' ? '' : ' is not null'}  -- if anybody may add an address that is not theirs`
    : '';
  return {
    start: sql`from (
  select distinct on (${write([owner])}) ${write([owner])} as person_id, ${write([email])} as email, asked.preference
  from ${unnested}
  join ${declare(book)} on ${write(condition)}${bookAlive ? ` and ${write(bookAlive)}` : ''}${unless}
  order by ${write([owner])}, asked.preference
) as found
join ${declare(person)} on ${refTo(person.alias, apart.hop.own)} = ${found('person_id')}${also}`,
    email: found('email'),
    preference: found('preference'),
    missing,
  };
}

/** How to compare so that an index serves, whatever the case in which the address was stored. */
function comparison(table: Table, alias: string, address: Column, alive: Sql | null) {
  const ref = refTo(alias, address);
  const usable = table.indexes.filter((index) => serves(index, alive));
  const missing = (expression: string, why = ''): MissingIndex => ({
    ...{ table, expression, why: `to find an address${why}` },
  });

  if (address.ignoresCase) {
    const cast = address.type === 'citext' ? `::${address.cast}` : '';
    const has = usable.some(({ columns }) => columns[0] === address.name);
    const condition = sql`${ref} = asked.email${cast}`;
    return { condition, missing: has || table.isView ? null : missing(address.quoted) };
  }
  const folds = usable.flatMap(({ first }) => {
    const [, fold, column] = /^(lower|upper)\((.+?)(?:::text)?\)$/.exec(first) ?? [];
    const isIt = column?.replace(/^\((.+)\)$/, '$1') === address.quoted;
    return isIt && fold ? [fold] : [];
  });
  if (folds.includes('upper') && !folds.includes('lower'))
    return { condition: sql`upper(${ref}) = upper(asked.email)`, missing: null };
  const isServed = folds.includes('lower') || table.isView;
  const plain = usable.some(({ columns }) => columns[0] === address.name);
  const instead = `; or, if all are stored in lower case, compare ${write([ref])} = asked.email`;
  return {
    condition: sql`lower(${ref}) = asked.email`,
    missing: isServed ? null : missing(`lower(${address.quoted})`, plain ? instead : ''),
  };
}

/** A partial index serves where its condition is one of ours. */
function serves({ predicate }: Index, alive: Sql | null): boolean {
  if (predicate === null) return true;
  const ours = alive?.map((part) => (typeof part === 'string' ? part : part.column)).join('');
  return ours !== undefined && predicate.toLowerCase() === ours.toLowerCase();
}
