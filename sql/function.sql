-- The one thing that helpscout_sidebar may do: look accounts up by address. Whoever gets hold of its
-- password can ask for an address that they know, ten at a time, and can neither list customers
-- nor read a table.
:numbers--
-- Run it as the owner of the tables, in their database, behind sql/role.sql: the function reads
-- with the rights of whoever creates it. A superuser can give it to the owner afterwards:
--
--   alter function helpscout_sidebar.accounts(:types) owner to ...;
--
-- Running it again replaces the function, for whoever is asking without a gap. Do so whenever the
-- query changes, and restart the server when its columns did. The server's ACCOUNT_QUERY_FILE is
-- :through.

begin;

-- Where the names in the query are looked for; the same below, for the function.
set local search_path = :search_path;

-- Whoever may create in those schemas could put a function in the way of one that the query calls,
-- and it would run with your rights. Before PostgreSQL 15, everybody may create in "public".
do $$
declare
  schema text;
begin
  foreach schema in array current_schemas(false) loop
    if has_schema_privilege('helpscout_sidebar', schema, 'create') then
      raise exception 'the role helpscout_sidebar may create in schema %', schema
        using hint = format('revoke create on schema %I from public;', schema);
    end if;
  end loop;
end
$$;

create schema if not exists helpscout_sidebar;
grant usage on schema helpscout_sidebar to helpscout_sidebar;

-- Not "create or replace", which cannot change the columns.
drop function if exists helpscout_sidebar.accounts(text[]);
drop function if exists helpscout_sidebar.accounts(text[], text);
drop function if exists helpscout_sidebar.accounts(text[], text, jsonb);

-- $1 is the addresses, as in the query; without a name that could be one of its columns.
create function helpscout_sidebar.accounts(:parameters)
returns table (
  :columns
)
-- PL/pgSQL keeps the plan for the session; a function in plain SQL would be planned at each call.
language plpgsql
stable
security definer
rows 5
-- Fixed, so that no caller decides which tables and functions the names mean. pg_temp would come
-- first if it were not named last.
set search_path = :search_path, pg_temp
as $helpscout_sidebar$
#variable_conflict use_column
begin
  -- Most customers have a few addresses, and the server asks for ten at most in a call.
  if $1 is null or cardinality($1) > 10 then
    raise exception 'asked for % addresses, at most 10 may be', coalesce(cardinality($1), 0)
      using errcode = 'invalid_parameter_value';
  end if;
:check  return query
  select
    :casts
  from (

:query

  ) as account
  -- Whatever the query says, a pattern finds nobody: only who was asked for is told. The "C" folds
  -- A-Z alone, as the server does.
  where lower(btrim(account.email::text) collate "C") = any ($1):or_number;
end
$helpscout_sidebar$;

-- Postgres lets everybody execute a new function.
revoke all on function helpscout_sidebar.accounts(:types) from public;
grant execute on function helpscout_sidebar.accounts(:types) to helpscout_sidebar;

-- Tried with no address. If it fails, nothing of the above happened.
do $$
begin
  perform helpscout_sidebar.accounts('{}');
end
$$;

commit;
