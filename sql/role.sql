-- The role with which the sidebar's server reads, and nothing else. PostgreSQL 13 or later.
--
-- Run it as somebody who may create roles. Running it again changes nothing that it set before.
-- By itself the role may log in and read no table. The command `role` prints this file and
-- behind it the function by which the role looks accounts up: read it, and run that.
--
-- No password is set here, where it would end up in logs and histories. In psql, as the same user:
--
--   \password helpscout_sidebar
--
-- which sends only a hash. Until then nobody can log in with a password.

begin;

do $$
begin
  if not exists (select from pg_roles where rolname = 'helpscout_sidebar') then
    create role helpscout_sidebar login;
  end if;
  -- Not mended here, because who made it so may have had a reason.
  if exists (
    select from pg_roles
    where rolname = 'helpscout_sidebar'
      and (rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls)
  ) then
    raise exception 'the role helpscout_sidebar exists and may do more than log in'
      using hint = 'drop it, or alter it: nosuperuser nocreaterole nocreatedb noreplication nobypassrls';
  end if;
  execute format('grant connect on database %I to helpscout_sidebar', current_database());
end
$$;

-- Each server keeps up to 4 connections, or as many as DATABASE_CONNECTIONS says, and twice as many
-- servers run while one takes over from another: this is room for two of them, and for a doctor.
alter role helpscout_sidebar connection limit 20;

-- A lookup takes about a millisecond. The server stops waiting 900 ms after it asked, and two round
-- trips; the database must have given up before it, else it goes on working for an answer that nobody reads. The limits
-- stand here since a pooler such as PgBouncer may drop those that a client asks for.
alter role helpscout_sidebar set statement_timeout = '600ms';
alter role helpscout_sidebar set lock_timeout = '250ms';
alter role helpscout_sidebar set idle_in_transaction_session_timeout = '5s';

-- Against mistakes only: a session may switch it off. That the role can write nothing is because
-- nothing was granted.
alter role helpscout_sidebar set default_transaction_read_only = on;

-- Else Postgres plans the lookup anew each time, because it does not know how many addresses come.
alter role helpscout_sidebar set plan_cache_mode = force_generic_plan;

-- Where the names that the role itself writes are looked for, whatever the database's own setting.
alter role helpscout_sidebar set search_path = helpscout_sidebar, public;

commit;

-- Instead of the function, plain selects. That is simpler, and whoever gets hold of the password
-- can then list all customers. As the owner of the tables, with your own names:
--
--   grant usage on schema public to helpscout_sidebar;
--   grant select (id, email, full_name, time_zone) on users to helpscout_sidebar;
--   grant select on memberships, companies, subscriptions to helpscout_sidebar;
--
-- and away with the role: drop owned by helpscout_sidebar; drop role helpscout_sidebar;
