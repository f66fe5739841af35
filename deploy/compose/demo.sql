-- What compose.yaml's Postgres is filled with when it starts, by psql, in the database demo: the
-- demo's tables and people, and the role that looks them up.

\i /sql/demo/schema.sql

select set_config('demo.now', now()::text, false) \g /dev/null
begin;
\i /sql/demo/people.sql
commit;
analyze;

\i /sql/role.sql

-- Plain selects, of people whom nobody minds being listed; for your own, see `npm run role`.
grant usage on schema public to helpscout_sidebar;
grant select on companies, users, memberships, employees, subscriptions, invoices,
  company_modules
  to helpscout_sidebar;

\getenv password SIDEBAR_PASSWORD
alter role helpscout_sidebar password :'password';
