-- Resembles Supabase's starters: people in a schema of the platform's, profiles and copies of
-- Stripe's objects in public, and everybody pays for themselves.

create schema auth;
create table auth.users (
  id                 uuid primary key,
  email              varchar(255),
  encrypted_password varchar(255),
  last_sign_in_at    timestamptz,
  raw_user_meta_data jsonb,
  created_at         timestamptz,
  deleted_at         timestamptz
);
create unique index users_email_partial_key on auth.users (email);
create table auth.identities (
  id       uuid primary key,
  user_id  uuid not null references auth.users,
  provider text not null,
  email    text generated always as (null::text) stored
);
create table auth.refresh_tokens (id bigserial primary key, token varchar(255), user_id varchar(255));

create table profiles (
  id         uuid primary key references auth.users,
  full_name  text,
  avatar_url text
);
create table customers (
  id                 uuid primary key references auth.users,
  stripe_customer_id text
);
create table products (id text primary key, active boolean, name text, metadata jsonb);
create table prices (id text primary key, product_id text references products, unit_amount bigint);
create type subscription_status as enum ('trialing', 'active', 'canceled', 'incomplete', 'past_due');
create table subscriptions (
  id                   text primary key,
  user_id              uuid not null references auth.users,
  status               subscription_status,
  price_id             text references prices,
  quantity             integer,
  cancel_at_period_end boolean,
  created              timestamptz not null,
  current_period_end   timestamptz not null,
  ended_at             timestamptz,
  cancel_at            timestamptz,
  canceled_at          timestamptz,
  trial_start          timestamptz,
  trial_end            timestamptz
);

insert into auth.users (id, email, encrypted_password, created_at) values
  ('00000000-0000-0000-0000-000000000001', 'sue@example.com', 'x', '2024-06-01Z'),
  ('00000000-0000-0000-0000-000000000002', 'new@example.com', 'x', '2024-06-01Z'),
  ('00000000-0000-0000-0000-000000000003', 'ben@example.com', 'x', '2024-06-01Z'),
  ('00000000-0000-0000-0000-000000000004', 'eve@example.com', 'x', '2024-06-01Z'),
  ('00000000-0000-0000-0000-000000000005', 'pam@example.com', 'x', '2024-06-01Z');
insert into profiles (id, full_name) values ('00000000-0000-0000-0000-000000000001', 'Sue Base');
insert into customers values ('00000000-0000-0000-0000-000000000001', 'cus_Sue');
insert into products values ('prod_1', true, 'Hobby', '{}');
insert into prices values ('price_1', 'prod_1', 900);
insert into subscriptions (id, user_id, status, price_id, cancel_at_period_end, created, current_period_end) values
  ('sub_SueOld', '00000000-0000-0000-0000-000000000001', 'canceled', 'price_1', true, '2025-06-01Z', '2025-07-01Z'),
  ('sub_Sue', '00000000-0000-0000-0000-000000000001', 'active', 'price_1', false, '2024-06-01Z', '2027-06-01Z');
-- Canceled at once, canceled for a day, and canceled at the end of the period.
insert into subscriptions (id, user_id, status, price_id, cancel_at_period_end, created, current_period_end, ended_at, cancel_at, canceled_at) values
  ('sub_Ben', '00000000-0000-0000-0000-000000000003', 'canceled', 'price_1', false, '2024-06-01Z', '2027-06-01Z', '2026-11-01Z', null, '2026-11-01Z'),
  ('sub_Eve', '00000000-0000-0000-0000-000000000004', 'active', 'price_1', false, '2024-06-01Z', '2027-06-01Z', null, '2027-03-01Z', '2026-11-01Z'),
  ('sub_Pam', '00000000-0000-0000-0000-000000000005', 'active', 'price_1', true, '2024-06-01Z', '2027-06-01Z', null, null, '2026-11-01Z');
