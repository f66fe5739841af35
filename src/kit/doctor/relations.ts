import type pg from 'pg';
import { nameOf, tokensOf } from '../../postgres/sql.ts';

/** A table that the query reads, by its name, through a view or inside of a function. */
export type Relation = {
  oid: number;
  /** Such as `public.users`. */
  name: string;
  /** The role with whose rights it is read: that of a view or function may be their owner. */
  reader: string;
  /** The other server that it, or a partition of it, is on. */
  foreignServer: string | null;
  /** Whether row-level security applies to the reader. */
  isRestricted: boolean;
  /** The policies by which the reader sees rows. */
  policies: string[];
  /** Whether they let the reader see every row. */
  seesAll: boolean;
};

/** An SQL text, where its names are looked for, and with whose rights. */
type Source = { sql: string; schemas: string[]; reader: number };

/** Reads the catalogue alone. A column without its table counts as a table of its name. */
export async function relationsOf(client: pg.Client, sql: string): Promise<Relation[]> {
  const { rows: callers } = await client.query(
    `select array(select quote_ident(name) from unnest(current_schemas(false)) as name) as schemas,
       oid as reader
     from pg_roles where rolname = current_user`,
  );
  const caller: Source = { sql, ...callers[0] };
  const relations = new Map<string, Relation>();
  for (const source of [caller, ...(await functionsOf(client, caller))])
    for (const relation of await readBy(client, source))
      relations.set(`${relation.name} ${relation.reader}`, relation);
  return [...relations.values()];
}

/** The functions that it calls, as far as their text is SQL. */
async function functionsOf(client: pg.Client, { sql, schemas, reader }: Source): Promise<Source[]> {
  const { rows } = await client.query(
    `select prosrc as sql, case when prosecdef then proowner else $3::oid end as reader,
       coalesce(
         (select string_to_array(substr(setting, 13), ', ') from unnest(proconfig) as setting
          where setting like 'search_path=%'),
         $2::text[]
       ) as schemas
     from pg_proc
     join pg_namespace on pg_namespace.oid = pronamespace
     join pg_language on pg_language.oid = prolang
     where ${isNamed('proname')} and lanname in ('sql', 'plpgsql')`,
    [namesIn(sql), schemas, reader],
  );
  return rows;
}

async function readBy(client: pg.Client, { sql, schemas, reader }: Source): Promise<Relation[]> {
  const { rows } = await client.query(
    `with recursive used as (
       select pg_class.oid, relkind, $3::oid as reader
       from pg_class join pg_namespace on pg_namespace.oid = relnamespace
       where ${isNamed('relname')}
       union
       select below.oid, below.relkind, case
         when array_to_string(view.reloptions, ',') ~* '\\msecurity_invoker=(true|on|yes|1)\\M'
         then used.reader else view.relowner
       end
       from used
       join pg_class as view on view.oid = used.oid
       join pg_rewrite on ev_class = view.oid
       join pg_depend on classid = 'pg_rewrite'::regclass and objid = pg_rewrite.oid
       join pg_class as below on refclassid = 'pg_class'::regclass and refobjid = below.oid
       where used.relkind = 'v' and below.oid <> view.oid
     ),
     policies as (
       select used.oid, used.reader, polname, polpermissive,
         coalesce(pg_get_expr(polqual, polrelid), 'true') = 'true' as "isOpen"
       from used join pg_policy on polrelid = used.oid
       where polcmd in ('r', '*') and exists (
         select from unnest(polroles) as role
         where case when role = 0 then true else pg_has_role(used.reader, role, 'usage') end
       )
     )
     select
       used.oid,
       format('%I.%I', nspname, relname) as name,
       rolname as reader,
       (select srvname
        from pg_foreign_table join pg_foreign_server on pg_foreign_server.oid = ftserver
        where ftrelid = used.oid or ftrelid in (select relid from pg_partition_tree(used.oid))
        limit 1) as "foreignServer",
       relrowsecurity and not rolsuper and not rolbypassrls
         and (relforcerowsecurity or not pg_has_role(used.reader, relowner, 'usage'))
         as "isRestricted",
       array(select quote_ident(polname) from policies as own
             where own.oid = used.oid and own.reader = used.reader and polpermissive
             order by polname) as policies,
       coalesce((select bool_or("isOpen") and bool_and(polpermissive) from policies as own
                 where own.oid = used.oid and own.reader = used.reader), false) as "seesAll"
     from used
     join pg_class on pg_class.oid = used.oid
     join pg_namespace on pg_namespace.oid = relnamespace
     join pg_roles on pg_roles.oid = used.reader
     where used.relkind in ('r', 'p', 'f')
     order by name`,
    [namesIn(sql), schemas, reader],
  );
  return rows;
}

/** Whether $1 has it, or its name alone where its schema is one of $2; none of Postgres's own. */
const isNamed = (name: string) =>
  `(${name} = any($1) and quote_ident(nspname) = any($2) or nspname || '.' || ${name} = any($1))
   and nspname <> 'information_schema' and nspname !~ '^pg_'`;

/** The names that may be tables or functions, as `name` or `schema.name`: no alias, no column. */
function namesIn(sql: string): string[] {
  const code = tokensOf(sql).filter(({ kind }) => kind !== 'space' && kind !== 'comment');
  const names = code.map((token, i) => {
    const [schema, previous, next] = [code[i - 2], code[i - 1], code[i + 1]];
    const name = nameOf(token);
    if (name === null || next?.text === '.' || previous?.text.toLowerCase() === 'as') return null;
    return schema && previous?.text === '.' ? `${nameOf(schema)}.${name}` : name;
  });
  return [...new Set(names.filter((name) => name !== null))];
}
