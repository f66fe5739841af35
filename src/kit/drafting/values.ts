import {
  type Column,
  columnsNamed,
  isBoolean,
  isInteger,
  isText,
  isTimestamp,
} from './catalogue.ts';
import { type ColumnRef, ref, type Sql, sql, type TableRef } from './sql.ts';
import { type Names, stripeObject } from './vocabulary.ts';

/** One way to read a fact, and what its reader should know about it. */
export type Expression = { value: Sql; note: string | null };

/** One column of the account query. */
export type Fact = {
  as: string;
  /** Null where nothing is certain enough: then there are only alternatives, as comments. */
  chosen: Expression | null;
  alternatives: Expression[];
};

/** Reads the columns of these names in each of the tables. */
type Reader = (names: Names, ...tables: (TableRef | null)[]) => Expression[];

/** Reads columns as one kind of value, skipping those that cannot be read so. */
const reader =
  (read: (ref: ColumnRef, column: Column) => Expression | null): Reader =>
  (names, ...tables) =>
    tables
      .filter((table) => table !== null)
      .flatMap((table) =>
        columnsNamed(table.table, names).flatMap(
          (column) => read(ref(table, column), column) ?? [],
        ),
      );

const expression = (value: Sql, note: string | null = null): Expression => ({ value, note });

export const withNote = (expressions: readonly Expression[], note: string): Expression[] =>
  expressions.map(({ value }) => ({ value, note }));

export const text = reader((ref, column) =>
  isText(column) || column.isEnum ? expression([ref]) : null,
);

export const number = reader((ref, column) => (isInteger(column) ? expression([ref]) : null));

export const timestamp = reader((ref, column) => {
  if (isTimestamp(column)) return expression([ref]);
  if (!isInteger(column)) return null;
  // Seconds until the year 5138, or milliseconds since 1973.
  const value = sql`to_timestamp(
    nullif(${ref}, 0) / case when ${ref} > 100000000000 then 1000 else 1 end
  )`;
  return expression(value, 'seconds or milliseconds since 1970');
});

/** The array of names that the sidebar shows as modules. */
export const list = reader((ref, { type }) => {
  if (/^_(text|varchar)$/.test(type)) return expression([ref]);
  if (type.startsWith('_')) return expression(sql`${ref}::text[]`);
  if (type !== 'jsonb') return null;
  const value = sql`case jsonb_typeof(${ref})
    when 'array' then array(select jsonb_array_elements_text(${ref}))
    when 'object' then array(select key from jsonb_each(${ref}) where value = 'true')
  end`;
  return expression(value, 'a list of names, or an object of switches');
});

export const statusOfBoolean = reader((ref, column) =>
  isBoolean(column)
    ? expression(sql`case when ${ref} then 'active' when not ${ref} then 'canceled' end`)
    : null,
);

/** Stripe's ids begin with their kind, so that a column that may hold others can be read. */
const stripeId = (prefix: 'cus' | 'sub') =>
  reader((ref, column) => {
    if (!isText(column)) return null;
    const value = sql`case
    when ${ref} like '${prefix}\\_%' then ${ref}
  end`;
    return expression(value, 'where it is one of Stripe’s');
  });
export const stripeCustomerId = stripeId('cus');
export const stripeSubscriptionId = stripeId('sub');

/** A value in a column that holds a copy of one of Stripe's objects. */
const inStripeObject =
  (expressionOf: (ref: ColumnRef, key: string) => Sql) =>
  (table: TableRef | null, key: string): Expression[] =>
    reader((ref, { type }) =>
      type === 'jsonb'
        ? expression(expressionOf(ref, key), 'from the copy of Stripe’s object')
        : null,
    )(stripeObject, table);
export const textInStripeObject = inStripeObject((ref, key) => sql`${ref} ->> '${key}'`);
export const timestampInStripeObject = inStripeObject(
  (ref, key) => sql`case
    when jsonb_typeof(${ref} -> '${key}') = 'number'
    then to_timestamp((${ref} ->> '${key}')::float8)
  end`,
);
