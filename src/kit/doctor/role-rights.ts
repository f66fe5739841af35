import type pg from 'pg';
import { command } from '../command.ts';
import { about, type Finding } from './finding.ts';

/** What the role of DATABASE_URL may do, by itself or as a member of other roles. */
export type Rights = {
  role: string;
  isSuperuser: boolean;
  /** Such as "may make roles". */
  powers: string[];
  /** Such as "insert, update on public.users". */
  writes: string[];
  /** How many tables and views it may read. */
  readable: number;
};

/** How to get a role that is right. */
const cure =
  `make a role that can look accounts up and do nothing else: ${command('role')} > role.sql,\n` +
  'as a role that may read the tables; read it, run it as their owner, give the role a password,\n' +
  'and set DATABASE_URL to it and ACCOUNT_QUERY_FILE to the file that role.sql names';

/** Reads the catalogue alone. */
export async function rightsOf(client: pg.Client): Promise<Rights> {
  const { rows } = await client.query(`
    with mine as (select * from pg_roles where pg_has_role(oid, 'member')),
    relations as (
      select pg_class.oid, relowner, format('%I.%I', nspname, relname) as name
      from pg_class join pg_namespace on pg_namespace.oid = relnamespace
      where relkind in ('r', 'p', 'v', 'm', 'f')
        and nspname <> 'information_schema' and nspname !~ '^pg_'
    )
    select
      current_user as role,
      (select bool_or(rolsuper) from mine) as "isSuperuser",
      array_remove(array[
        (select 'may make roles' from mine where rolcreaterole limit 1),
        (select 'may make databases' from mine where rolcreatedb limit 1),
        (select 'is a replica' from mine where rolreplication limit 1),
        (select 'passes row security' from mine where rolbypassrls limit 1)
      ], null) || array(
        select 'is a member of ' || rolname from mine
        where rolname in ('pg_write_all_data', 'pg_write_server_files',
                          'pg_execute_server_program', 'pg_signal_backend', 'pg_maintain')
      ) || array(
        select distinct format('may make tables in schema %I', nspname)
        from pg_namespace, mine
        where nspname <> 'information_schema' and nspname !~ '^pg_'
          and has_schema_privilege(mine.oid, pg_namespace.oid, 'create')
      ) as powers,
      array(
        select format('%s on %s', string_agg(distinct privilege, ', '), relations.name)
        from relations, mine, unnest(array['insert', 'update', 'delete', 'truncate', 'ownership'])
          as privilege
        where case
          when privilege = 'ownership' then relowner = mine.oid
          when privilege in ('insert', 'update')
            then has_any_column_privilege(mine.oid, relations.oid, privilege)
          else has_table_privilege(mine.oid, relations.oid, privilege)
        end
        group by relations.name order by relations.name
      ) as writes,
      (
        select count(*)::int from relations
        where exists (
          select from mine where has_any_column_privilege(mine.oid, relations.oid, 'select')
        )
      ) as readable`);
  return rows[0];
}

const mostNamed = 5;

export function checkWrites({ role, isSuperuser, powers, writes }: Rights): Finding {
  const { right, wrong } = about('role');
  if (isSuperuser) return wrong(`"${role}" is a superuser, or may become one`, cure);
  const named = [...powers, ...writes.slice(0, mostNamed).map((write) => `has ${write}`)];
  const more = writes.length - mostNamed;
  if (more > 0) named.push(`the like on ${more} more`);
  if (named.length === 0) return right(`"${role}" may write nothing`);
  const publicSchema = 'may make tables in schema public';
  // Before PostgreSQL 15 everybody may, so that no other role would mend it.
  if (named.length === 1 && named[0] === publicSchema)
    return wrong(
      `"${role}" ${publicSchema}`,
      'as the owner of the database: revoke create on schema public from public;',
    );
  return wrong(`"${role}" can do more than read: ${named.join('; ')}`, cure);
}

export function checkReads({ role, readable }: Rights): Finding {
  const { right, advice } = about('reach');
  if (readable === 0) return right(`"${role}" may read no table, only look accounts up`);
  const tables = readable === 1 ? 'a table' : `${readable} tables`;
  return advice(
    `"${role}" may read ${tables}: with its password, all customers can be listed`,
    `${command('role')} makes a role that can only look accounts up`,
  );
}
