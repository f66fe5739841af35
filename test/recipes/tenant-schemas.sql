-- Resembles a product with a schema for each tenant: who belongs where stands in public.

create table public.tenants (
  id            bigserial primary key,
  schema_name   text not null unique,
  name          text not null,
  owner_email   text not null,
  paid_until    date,
  on_trial      boolean not null default false
);
create table public.logins (email text not null, tenant_id bigint not null references tenants, primary key (tenant_id, email));

create schema acme;
create table acme.employees (id bigserial primary key, name text);
create schema "Big-Co";
create table "Big-Co".employees (id bigserial primary key, name text);

insert into tenants (schema_name, name, owner_email, paid_until, on_trial) values
  ('acme', 'Acme', 'Anna@example.com', '2027-01-31', false), ('Big-Co', 'Big Co', 'ben@example.com', '2026-12-01', true);
insert into logins values ('anna@example.com', 1), ('Anna@example.com', 2), ('ben@example.com', 2);
insert into acme.employees (name) values ('a'), ('b'), ('c');
insert into "Big-Co".employees (name) values ('d');
