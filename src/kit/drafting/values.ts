import { type Column, columnsNamed, type Kind } from './catalogue.ts';
import { type ColumnRef, ref, type Sql, sql, type TableRef } from './sql.ts';
import type { Names } from './vocabulary.ts';

/** One way to read a fact, and what its reader should know about it. */
export type Expression = { value: Sql; note: string | null };

/** One column of the account query. */
export type Fact = {
  as: string;
  /** Null where nothing is certain enough: then there are only alternatives, as comments. */
  chosen: Expression | null;
  alternatives: Expression[];
};

type Read = readonly [value: (ref: ColumnRef, column: Column) => Sql, note?: string];

/** Reads the columns of these names in each of the tables, where they are of a kind in `reads`. */
const reader =
  (reads: Partial<Record<Kind, Read>>) =>
  (names: Names, ...tables: (TableRef | null)[]): Expression[] =>
    tables
      .filter((table) => table !== null)
      .flatMap((table) =>
        columnsNamed(table.table, names).flatMap((column) => {
          const [value, note = null] = reads[column.kind] ?? [];
          return value ? { value: value(ref(table, column), column), note } : [];
        }),
      );

const asIs = (ref: ColumnRef) => [ref];

export const text = reader({ text: [asIs], enum: [asIs] });
export const number = reader({ number: [asIs] });
export const flag = reader({ boolean: [asIs] });

export const timestamp = reader({
  timestamp: [asIs],
  // Seconds until the year 5138, or milliseconds since 1973.
  number: [
    (ref) => sql`to_timestamp(
    nullif(${ref}, 0) / case when ${ref} > 100000000000 then 1000 else 1 end
  )`,
    'seconds or milliseconds since 1970',
  ],
});

/** The array of names that the sidebar shows as modules. */
export const list = reader({
  array: [(ref, { type }) => (/^_(text|varchar)$/.test(type) ? [ref] : sql`${ref}::text[]`)],
  jsonb: [
    (ref) => sql`case jsonb_typeof(${ref})
    when 'array' then array(select jsonb_array_elements_text(${ref}))
    when 'object' then array(select key from jsonb_each(${ref}) where value = 'true')
  end`,
    'a list of names, or an object of switches',
  ],
});

const idNote = 'an id, not a name: case ... when ... then ... end makes words of it';
export const planId = reader({ text: [asIs, idNote], enum: [asIs, idNote] });

export const statusOfBoolean = reader({
  boolean: [(ref) => sql`case when ${ref} then 'active' when not ${ref} then 'canceled' end`],
});
export const statusOfNumber = reader({
  number: [
    (ref) => sql`case ${ref} when 0 then 'active' when 1 then 'canceled' end`,
    'a number: put what your code says that it means',
  ],
});

export const counter = reader({
  number: [asIs, 'a counter: cheaper, where it is kept up to date'],
});
export const limit = reader({ number: [asIs, 'null: no limit'] });
export const quantity = reader({ number: [asIs, 'if what is bought are seats'] });

/** Stripe's ids begin with their kind, so that a column that may hold others can be read. */
const stripeId = (prefix: 'cus' | 'sub') =>
  reader({
    text: [
      (ref) => sql`case
    when ${ref} like '${prefix}\\_%' then ${ref}
  end`,
      "where it is one of Stripe's",
    ],
  });
export const stripeCustomerId = stripeId('cus');
export const stripeSubscriptionId = stripeId('sub');

const copyNote = "from the copy of Stripe's object";
const timestampInCopy = (path: string) =>
  reader({
    jsonb: [
      (ref) => sql`case
    when jsonb_typeof(${ref} #> '{${path}}') = 'number'
    then to_timestamp((${ref} #>> '{${path}}')::float8)
  end`,
      copyNote,
    ],
  });
/** The other ones, unless the first has a value. */
export const firstOf = ([one]: Expression[], others: Expression[]): Expression[] =>
  one === undefined
    ? others
    : others
        .slice(0, 1)
        .map((other) => ({ ...other, value: sql`coalesce(${one.value}, ${other.value})` }));
const firstInCopy =
  (path: string, otherPath: string) =>
  (names: Names, table: TableRef | null): Expression[] =>
    firstOf(timestampInCopy(path)(names, table), timestampInCopy(otherPath)(names, table));
/** Stripe moved it from the subscription to its items in the API version 2025-03-31. */
export const periodEndInCopy = firstInCopy('current_period_end', 'items,data,0,current_period_end');
export const cancelsAtInCopy = firstInCopy('ended_at', 'cancel_at');
export const cancelAtPeriodEndInCopy = reader({
  jsonb: [(ref) => sql`${ref} -> 'cancel_at_period_end' = 'true'`, copyNote],
});
export const trialEndInCopy = timestampInCopy('trial_end');
export const statusInCopy = reader({ jsonb: [(ref) => sql`${ref} ->> 'status'`, copyNote] });

export const signUpName = reader({
  jsonb: [(ref) => sql`${ref} ->> 'full_name'`, 'what they signed up with'],
});
