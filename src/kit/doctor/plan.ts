import type pg from 'pg';
import type { AccountQuery } from '../../postgres/contract.ts';
import { asSent, valuesFor } from '../../postgres/sql.ts';
import { command } from '../command.ts';
import { collationOf, escaped } from './collation.ts';
import { about, type Finding } from './finding.ts';

/** A node of `explain (verbose, format json)`, as far as it is needed here. */
export type Plan = {
  'Node Type': string;
  Schema?: string;
  'Relation Name'?: string;
  Alias?: string;
  'Function Name'?: string;
  Filter?: string;
  'Join Filter'?: string;
  'Hash Cond'?: string;
  'Merge Cond'?: string;
  'Index Cond'?: string;
  'Recheck Cond'?: string;
  Plans?: Plan[];
};

/** A table that the plan reads from end to end. */
export type Scan = {
  schema: string;
  table: string;
  alias: string;
  /** What its rows are compared with, the nearest first. */
  conditions: string[];
};

type Size = {
  name: string;
  /** Of all its partitions. */
  rows: number;
  isLarge: boolean;
  isPartitioned: boolean;
  /** The columns of type varchar, which need no cast in an index. */
  varchars: string[];
};

/** Help Scout counts from 1, and writes no zero before a number. */
const nobodysId = '000000';

/** The plan for one address, and one customer's id, that nobody has. The query is not run. */
export async function planOf(client: pg.Client, sql: string, nobody: string): Promise<Plan> {
  const values = valuesFor(sql)([nobody], nobodysId, {});
  const { rows } = await client.query(`explain (verbose, format json) ${asSent(sql)}`, values);
  return rows[0]['QUERY PLAN'][0].Plan;
}

/** Whether it reads a large table from end to end. */
export async function checkPlan(
  client: pg.Client,
  { file, sql }: AccountQuery,
  plan: Plan,
  nobody: string,
): Promise<Finding[]> {
  const { right, wrong, skipped } = about('plan');
  // Beside a citext column, $1 is citext[].
  const addresses = new RegExp(`'\\{${escaped(nobody)}\\}'::[\\w. ]+\\[\\]`, 'g');
  const asWritten = (text: string) =>
    text.replace(addresses, () => '$1').replaceAll(`'${nobodysId}'::text`, '$2');

  const found: { scan: Scan; size: Size }[] = [];
  for (const scan of sequentialScans(plan)) {
    const size = await sizeOf(client, scan);
    const isNamed = found.some((other) => size.isPartitioned && other.size.name === size.name);
    if (!isNamed) found.push({ scan, size });
  }
  const large = found.filter(({ size }) => size.isLarge);
  if (large.length > 0)
    return large.map(({ scan, size }) => {
      const [says, todo] = wholeTable(scan, size, sql);
      return wrong(asWritten(says), todo);
    });

  const [called] = ownFunctions(plan);
  if (called !== undefined) return [skipped(...insideFunction(file, called))];
  const small = found.map(({ size }) => size.name);
  const aside = small.length === 0 ? '' : `, but small ones: ${[...new Set(small)].join(', ')}`;
  return [right(`no table is read from end to end${aside}`)];
}

/** Why a check is skipped for the role's function, and how to have it done. */
export const insideFunction = (file: string, called: string): [string, string] => [
  `${file} calls ${called}(), and nobody can see the plan inside of a function`,
  `look as the owner of the tables: DATABASE_URL=… ACCOUNT_QUERY_FILE=sql/account.sql ${command('doctor')}`,
];

function wholeTable(
  scan: Scan,
  { name, rows, isPartitioned, varchars }: Size,
  sql: string,
): [string, string] {
  const condition = scan.conditions[0];
  const where = condition === undefined ? ' without a condition' : ` to find ${condition}`;
  const count = rows > 0 ? `about ${rows.toLocaleString('en')} rows` : 'never analyzed';
  const indexed = withCollation(indexFor(scan, varchars), sql);
  // Postgres cannot create an index on all partitions concurrently.
  const concurrently = isPartitioned ? '' : ' concurrently';
  return [
    `reads all of ${name} (${count})${where}`,
    indexed === null
      ? 'compare by equality, as in lower(email) = …, and make an index on that expression'
      : `create index${concurrently} on ${name} (${indexed});`,
  ];
}

/** Postgres leaves the collation out of a plan, but an index must have it. */
function withCollation(indexed: string | null, sql: string): string | null {
  const column = /^\w+\((\w+|"[^"]+")\)$/.exec(indexed ?? '')?.[1];
  const collated = column === undefined ? null : collationOf(sql, column);
  return collated === null ? indexed : `${indexed?.split('(')[0]}(${collated})`;
}

/** The conditions by which rows are found in the whole plan, and the aliases of its tables. */
export function conditionsOf(plan: Plan): { conditions: string[]; aliases: string[] } {
  const below = (plan.Plans ?? []).map(conditionsOf);
  const own = [
    ...[plan.Filter, plan['Hash Cond'], plan['Merge Cond'], plan['Join Filter']],
    ...[plan['Index Cond'], plan['Recheck Cond']],
  ];
  const { 'Relation Name': table, Alias: alias } = plan;
  return {
    conditions: [
      ...own.filter((one) => one !== undefined),
      ...below.flatMap((one) => one.conditions),
    ],
    aliases: [...(table && alias ? [alias] : []), ...below.flatMap((one) => one.aliases)],
  };
}

/** Every sequential scan below, with the conditions of the joins above it. */
function sequentialScans(plan: Plan, above: readonly string[] = []): Scan[] {
  const own = [plan.Filter, plan['Hash Cond'], plan['Merge Cond'], plan['Join Filter']];
  const conditions = [...own.filter((condition) => condition !== undefined), ...above];
  const below = (plan.Plans ?? []).flatMap((inner) => sequentialScans(inner, conditions));
  const { Schema: schema, Alias: alias, 'Relation Name': table } = plan;
  if (plan['Node Type'] !== 'Seq Scan' || !schema || !table || !alias) return below;
  const scanOf = (name: string): Scan => {
    const ours = conditions.filter((condition) => mentions(condition, name));
    return { schema, table, alias: name, conditions: ours };
  };
  const scan = scanOf(alias);
  // A join above partitions people_1, people_2 has conditions on people.
  const isInAppend = scan.conditions.length === 0 && /_\d+$/.test(alias);
  return [isInAppend ? scanOf(alias.replace(/_\d+$/, '')) : scan, ...below];
}

/** The functions of the database's owner that rows come from. */
export function ownFunctions(plan: Plan): string[] {
  const below = (plan.Plans ?? []).flatMap(ownFunctions);
  const { 'Function Name': name, Schema: schema } = plan;
  return name === undefined || schema === 'pg_catalog' ? below : [`${schema}.${name}`, ...below];
}

/**
 * What to index, so that the first condition that compares by equality needs no other rows; null
 * where none does.
 */
function indexFor({ conditions, alias }: Scan, varchars: readonly string[]): string | null {
  for (const condition of conditions)
    for (const operand of equalOperands(condition)) {
      if (!mentions(operand, alias)) continue;
      const own = operand.replace(prefix(alias), '');
      // lower(email) is the same expression for Postgres, and the one that people write.
      const tidy = own.replace(/(\w\()\((\w+|"[^"]+")\)::text\)/g, '$1$2)');
      const column = /^\((\w+|"[^"]+")\)::text$/.exec(tidy)?.[1];
      if (column !== undefined && varchars.includes(column.replaceAll('"', ''))) return column;
      return /^(\w+|"[^"]+"|[\w.]+\(.*\))$/.test(tidy) || isEnclosed(tidy) ? tidy : `(${tidy})`;
    }
  return null;
}

/** The alias before a column, as Postgres writes it. */
const prefix = (alias: string) =>
  new RegExp(`(?<![\\w".$])(?:"${escaped(alias)}"|${escaped(alias)})\\.`, 'g');

const mentions = (text: string, alias: string) => text.search(prefix(alias)) >= 0;

/** Both sides of every " = " in a condition as Postgres writes it, with parentheses around each. */
function equalOperands(condition: string): string[] {
  const operands: string[] = [];
  for (const { index } of condition.matchAll(/ = /g)) {
    const left = [...condition.slice(0, index)].reverse().join('');
    operands.push(
      [...upToTheEnd(left, ')', '(', / (?:DNA|RO) /y)].reverse().join(''),
      upToTheEnd(condition.slice(index + ' = '.length), '(', ')', / (?:AND|OR) /y),
    );
  }
  return operands;
}

/** The text up to the parenthesis that closes what stands around it, or up to the next condition. */
function upToTheEnd(text: string, opening: string, closing: string, next: RegExp): string {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === opening) depth++;
    if (text[i] === closing && --depth < 0) return text.slice(0, i);
    next.lastIndex = i;
    if (depth === 0 && next.test(text)) return text.slice(0, i);
  }
  return text;
}

/** Whether the first parenthesis is closed by the last. */
const isEnclosed = (text: string) =>
  text.startsWith('(') && upToTheEnd(text.slice(1), '(', ')', /$^/y) === text.slice(1, -1);

const manyRows = 10_000;
/** What a table has at least that was never counted and is worth an index. */
const manyBytes = 4 * 1024 * 1024;

/** Of the whole table, where the scan reads one of its partitions. */
async function sizeOf(client: pg.Client, { schema, table }: Scan): Promise<Size> {
  const { rows } = await client.query(
    `with root as (
       select coalesce(pg_partition_root(pg_class.oid), pg_class.oid) as oid
       from pg_class join pg_namespace on pg_namespace.oid = relnamespace
       where nspname = $1 and relname = $2
     ),
     parts as (
       select pg_class.* from root, pg_class
       where pg_class.oid = root.oid or pg_class.oid in (select relid from pg_partition_tree(root.oid))
     )
     select
       format('%I.%I', nspname, root_class.relname) as name,
       root_class.relkind = 'p' as "isPartitioned",
       size.*,
       array(
         select attname::text from pg_attribute
         where attrelid = root.oid and atttypid = 'varchar'::regtype
       ) as varchars
     from root
     join pg_class as root_class on root_class.oid = root.oid
     join pg_namespace on pg_namespace.oid = root_class.relnamespace
     cross join (
       select
         sum(greatest(reltuples, 0))::float8 as rows,
         sum(reltuples) > ${manyRows}
           or sum(pg_relation_size(oid)) filter (where relpages = 0) > ${manyBytes} as "isLarge"
       from parts where relkind <> 'p'
     ) as size`,
    [schema, table],
  );
  return rows[0];
}
