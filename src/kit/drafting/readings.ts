import { type Column, columnsLike, type Table } from './catalogue.ts';
import type { Reading } from './draft.ts';
import { squash } from './names.ts';
import { isTextual } from './relations.ts';
import { type Ref, type Sql, sql } from './sql.ts';

/** A table as the draft refers to it. */
export type Place = { table: Table; alias: string };

/** How a column of one type is read as another kind of value; null where it is not of the kind. */
export type Kind = (column: Column, ref: Ref) => Reading | null;

/** As it stands behind `from` or `join`. */
export const declare = ({ table, alias }: Place) =>
  table.quoted === alias ? alias : `${table.quoted} as ${alias}`;

export const refTo = (alias: string, column: Column): Ref => ({ of: alias, column: column.quoted });

/** Every way in which the columns of these names give that kind of value. */
export function readings(place: Place | null, kind: Kind, names: readonly RegExp[]): Reading[] {
  if (place === null) return [];
  return columnsLike(place.table, ...names).flatMap(
    (column) => kind(column, refTo(place.alias, column)) ?? [],
  );
}

const asItIs = (ref: Ref): Reading => ({ value: [ref], why: null });

export const text: Kind = (column, ref) =>
  isTextual(column.type) || column.isEnum ? asItIs(ref) : null;

export const isWhole = ({ type }: Column) => /^(int2|int4|int8|numeric)$/.test(type);

export const number: Kind = (column, ref) => (isWhole(column) ? asItIs(ref) : null);

const isMoment = ({ type }: Column) => /^(timestamptz|timestamp|date)$/.test(type);

export const moment: Kind = (column, ref) => {
  if (isMoment(column)) return asItIs(ref);
  if (!isWhole(column)) return null;
  // Seconds until the year 5138, or milliseconds since 1973.
  const unit = sql`case when ${ref} > 100000000000 then 1000 else 1 end`;
  return {
    value: sql`to_timestamp(
    nullif(${ref}, 0) / ${unit}
  )`,
    why: 'seconds or milliseconds since 1970',
  };
};

/** The array that the sidebar's modules are. */
export const list: Kind = (column, ref) => {
  if (/^_(text|varchar)$/.test(column.type)) return asItIs(ref);
  if (/^_/.test(column.type)) return { value: sql`${ref}::text[]`, why: null };
  if (column.type !== 'jsonb') return null;
  return {
    value: sql`case jsonb_typeof(${ref})
    when 'array' then array(select jsonb_array_elements_text(${ref}))
    when 'object' then array(select key from jsonb_each(${ref}) where value = 'true')
  end`,
    why: 'a list of names, or an object of switches',
  };
};

/** Stripe's ids say what they are, so a column that may hold others is asked. */
export const stripeId =
  (prefix: 'cus' | 'sub'): Kind =>
  (column, ref) =>
    isTextual(column.type)
      ? {
          value: sql`case
    when ${ref} like '${prefix}\\_%' then ${ref}
  end`,
          why: 'where it is one of Stripe’s',
        }
      : null;

/** Copies of Stripe's objects, as dj-stripe, the pay gem and Stripe's foreign data wrapper keep. */
const stripeObject = /^(stripedata|object|attrs)$/;

/** A value in a column that holds one of Stripe's objects. */
export function inStripeObject(place: Place | null, key: string, of: 'text' | 'moment'): Reading[] {
  if (place === null) return [];
  return place.table.columns
    .filter(({ type, name }) => type === 'jsonb' && stripeObject.test(squash(name)))
    .map((column) => {
      const ref = refTo(place.alias, column);
      const value =
        of === 'text'
          ? sql`${ref} ->> '${key}'`
          : sql`case
    when jsonb_typeof(${ref} -> '${key}') = 'number'
    then to_timestamp((${ref} ->> '${key}')::float8)
  end`;
      return { value, why: 'from the copy of Stripe’s object' };
    });
}

/** That a row has not been marked as deleted, or null where rows are not marked. */
export function isAlive({ table, alias }: Place, alsoGone?: RegExp): Sql | null {
  const gone = /^(deleted|delete|removed|discarded|destroyed|trashed)(at|on|date)?$/;
  for (const column of table.columns) {
    const name = squash(column.name).replace(/^is/, '');
    if (!gone.test(name) && !alsoGone?.test(name)) continue;
    const ref = refTo(alias, column);
    if (isMoment(column)) return sql`${ref} is null`;
    if (column.type === 'bool') return sql`${ref} is not true`;
    if (isWhole(column)) return sql`coalesce(${ref}, 0) = 0`;
  }
  return null;
}
