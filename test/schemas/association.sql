-- Resembles nothing but many: a schema of its own, a domain over citext, deleted rows that stay, a
-- role by key, partitions, a view, modules by key, and words that SQL reserves.

create extension citext;
create schema crm;
create domain crm.address as public.citext check (value like '%@%');

create table crm.role (id smallint primary key, name text not null);
create table crm.person (
  id          uuid not null,
  "e-mail"    crm.address not null,
  given_name  text,
  family_name text,
  deleted_at  timestamptz,
  primary key (id)
);
create unique index on crm.person ("e-mail") where deleted_at is null;
create table crm.organisation (
  id            uuid primary key,
  name          text not null,
  "time zone"   text,
  member_since  date,
  admin_url     text,
  max_employees integer,
  is_deleted    boolean not null default false
);
create table crm.membership (
  person_id       uuid not null references crm.person,
  organisation_id uuid not null references crm.organisation,
  role_id         smallint not null references crm.role,
  left_on         date,
  primary key (person_id, organisation_id, role_id)
);
create table crm.employee (
  id              bigserial,
  organisation_id uuid not null references crm.organisation,
  full_name       text not null,
  left_on         date
) partition by hash (organisation_id);
create table crm.employee_0 partition of crm.employee for values with (modulus 2, remainder 0);
create table crm.employee_1 partition of crm.employee for values with (modulus 2, remainder 1);
create table crm.module (id smallint primary key, name text not null);
create table crm.organisation_module (
  organisation_id uuid not null references crm.organisation,
  module_id       smallint not null references crm.module,
  enabled         boolean not null,
  primary key (organisation_id, module_id)
);
create table crm.licence_source (organisation_id uuid, "user" text, plan text, state text, "valid until" bigint);
create view crm.subscription as select organisation_id, plan, state, "valid until" from crm.licence_source;

insert into crm.role values (1, 'Owner'), (2, 'Clerk');
insert into crm.person values
  ('00000000-0000-0000-0000-00000000000a', 'Ada@Example.org', 'Ada', 'Assoc', null),
  ('00000000-0000-0000-0000-00000000000b', 'ada@example.org', 'Ada', 'Deleted', now());
insert into crm.organisation values
  ('00000000-0000-0000-0000-0000000000f1', 'Chess Club', 'Europe/Zurich', '2018-09-01', 'https://admin.example.org/1', 3, false),
  ('00000000-0000-0000-0000-0000000000f2', 'Closed Club', null, null, null, null, true);
insert into crm.membership values
  ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-0000000000f1', 2, null),
  ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-0000000000f1', 1, null),
  ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-0000000000f2', 1, null);
insert into crm.employee (organisation_id, full_name, left_on)
select '00000000-0000-0000-0000-0000000000f1', 'E' || n, case n when 1 then date '2020-01-01' end from generate_series(1, 3) as n;
insert into crm.module values (1, 'Ratings'), (2, 'Dues'), (3, 'Off');
insert into crm.organisation_module values
  ('00000000-0000-0000-0000-0000000000f1', 1, true), ('00000000-0000-0000-0000-0000000000f1', 2, true), ('00000000-0000-0000-0000-0000000000f1', 3, false);
insert into crm.licence_source values
  ('00000000-0000-0000-0000-0000000000f1', 'x', 'Gold', 'active', 1830000000), ('00000000-0000-0000-0000-0000000000f1', 'x', 'Bronze', 'canceled', 1530000000);
