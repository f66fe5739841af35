import { type Column, type Kind, knownColumns } from './columns.ts';

/** SQL, or several by what `x` means where its type does not tell. */
type Remedy = string | Readonly<Record<string, string>>;

/**
 * By the kind that is wanted: what makes it of `x`, by the kind or type that `x` has. None fails but for
 * numbers out of range.
 */
const byKind: Readonly<Record<string, Readonly<Record<string, Remedy>>>> = {
  text: {
    number: '(x)::text',
    flag: "case when x then 'Yes' else 'No' end",
    day: "to_char(x, 'YYYY-MM-DD')",
    instant: "to_char(x, 'YYYY-MM-DD')",
    list: "array_to_string(x, ', ')",
    json: "x #>> '{}'",
    binary: "encode(x, 'escape')",
  },
  instant: {
    number: { seconds: 'to_timestamp(x)', milliseconds: 'to_timestamp(x / 1000.0)' },
    daterange: 'upper(x) - 1',
    tsrange: 'upper(x)',
    tstzrange: 'upper(x)',
    json: {
      'a text': "x #>> '{}'",
      seconds: `case json_typeof(to_json(x)) when 'number' then to_timestamp((x #>> '{}')::numeric) end`,
    },
    list: '(x)[1]',
  },
  flag: {
    day: 'x is not null',
    instant: 'x is not null',
    number: 'x <> 0',
    text: "lower((x)::text) in ('t', 'true', '1', 'yes')",
    json: "x #>> '{}' = 'true'",
    bit: "x = B'1'",
    binary: "x = '\\x01'",
  },
  number: { flag: '(x)::int', list: 'cardinality(x)', money: '(x)::numeric', bit: '(x)::int' },
  list: {
    number: {
      'a bit mask':
        "array_remove(array[case when x & 1 <> 0 then 'Leave' end, case when x & 2 <> 0 then 'Payroll' end], null)",
    },
    flag: "case when x then array['Payroll'] end",
    day: 'array[(x)::text]',
    instant: 'array[(x)::text]',
    other: 'array[(x)::text]',
    hstore:
      "array(select key from schema.each(x) where lower(value) in ('t', 'true', '1', 'on', 'yes'))",
  },
};

/** Of columns to which these kinds mean more. */
const byColumn: Readonly<Record<string, Readonly<Record<string, Remedy>>>> = {
  email: { list: '(select one from unnest(x) as one where lower(one) = any ($1) limit 1)' },
  // A number may be an id, of which 1 is one.
  is_owner: { number: { '0 or 1': 'x = 1' }, uuid: { 'the person’s id p': 'x = p' } },
  customer_since: { daterange: 'lower(x)', tsrange: 'lower(x)', tstzrange: 'lower(x)' },
  subscription_status: {
    number: {
      'your own codes':
        "case x when 0 then 'trialing' when 1 then 'active' when 2 then 'canceled' end",
    },
    flag: "case when x then 'active' else 'canceled' end",
  },
};

const kindNames: Readonly<Record<Kind, string | null>> = {
  text: 'text',
  number: 'integer',
  flag: 'boolean',
  day: 'date',
  instant: 'timestamptz',
  list: 'text[]',
  json: 'jsonb',
  record: null,
  binary: 'bytea',
  other: null,
};

/** What is wrong with the type of a known column, and what to write in place of its expression x. */
export function typeFault({ name, type, kind }: Column): string | null {
  const kinds = knownColumns.get(name);
  if (kinds === undefined || kinds.includes(kind)) return null;
  const [wanted = 'text'] = kinds;
  const names = kinds.map((one) => kindNames[one]).filter((one) => one !== null);
  // An extension's type has its schema before it where the search path lacks it.
  const schema = type.slice(0, type.lastIndexOf('.') + 1);
  const ownType = type.slice(schema.length);
  const maps = [byColumn[name], byKind[wanted]];
  const remedy = maps.map((map) => map?.[ownType] ?? map?.[kind]).find((one) => one !== undefined);
  return `"${name}" must be ${alternatives.format(names)}, but is ${type}: ${inWords(remedy, name).replace('schema.', schema)}`;
}

function inWords(remedy: Remedy | undefined, name: string): string {
  if (remedy === undefined) return 'select another column, or take it out';
  if (typeof remedy === 'string') return `for its expression x write ${remedy} as ${name}`;
  const choices = Object.entries(remedy).map(
    ([what, sql]) => `for ${what} write ${sql} as ${name}`,
  );
  return `where x is its expression, ${choices.join(', ')}`;
}

const alternatives = new Intl.ListFormat('en-GB', { type: 'disjunction' });
