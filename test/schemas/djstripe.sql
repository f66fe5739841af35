-- Resembles Django with dj-stripe 2.11: first and last names, a team that refers to its subscription,
-- and Stripe's objects with two keys each, most of whose facts are in json alone.

create table auth_user (
  id           serial primary key,
  password     varchar(128) not null,
  last_login   timestamptz,
  is_superuser boolean not null default false,
  username     varchar(150) not null unique,
  first_name   varchar(150) not null,
  last_name    varchar(150) not null,
  email        varchar(254) not null,
  is_active    boolean not null default true,
  date_joined  timestamptz not null
);

create table djstripe_customer (
  djstripe_id   bigserial primary key,
  id            varchar(255) not null unique,
  email         text not null,
  subscriber_id integer references auth_user,
  created       timestamptz,
  stripe_data   jsonb not null
);
create index on djstripe_customer (subscriber_id);

create table djstripe_product (
  djstripe_id bigserial primary key,
  id          varchar(255) not null unique,
  name        text not null,
  active      boolean,
  created     timestamptz,
  stripe_data jsonb not null
);
create table djstripe_price (
  djstripe_id bigserial primary key,
  id          varchar(255) not null unique,
  active      boolean not null,
  currency    varchar(3) not null,
  nickname    varchar(250) not null,
  product_id  varchar(255) not null references djstripe_product (id),
  created     timestamptz,
  stripe_data jsonb not null
);
create index on djstripe_price (product_id);

create table djstripe_subscription (
  djstripe_id bigserial primary key,
  id          varchar(255) not null unique,
  livemode    boolean,
  created     timestamptz,
  customer_id varchar(255) not null references djstripe_customer (id),
  stripe_data jsonb not null
);
create index on djstripe_subscription (customer_id);
create table djstripe_subscriptionitem (
  djstripe_id     bigserial primary key,
  id              varchar(255) not null unique,
  price_id        bigint references djstripe_price,
  subscription_id varchar(255) not null references djstripe_subscription (id),
  created         timestamptz,
  stripe_data     jsonb not null
);
create index on djstripe_subscriptionitem (price_id);
create index on djstripe_subscriptionitem (subscription_id);

create table teams_team (
  id              bigserial primary key,
  name            varchar(100) not null,
  slug            varchar(50) not null unique,
  created_at      timestamptz not null,
  subscription_id varchar(255) references djstripe_subscription (id)
);

create table teams_membership (
  id      bigserial primary key,
  role    varchar(100) not null check (role in ('admin', 'member')),
  team_id bigint not null references teams_team,
  user_id integer not null references auth_user
);
create table teams_invitation (
  id            uuid primary key,
  email         varchar(254) not null,
  role          varchar(100) not null,
  team_id       bigint not null references teams_team,
  invited_by_id integer not null references auth_user
);

create table account_emailaddress (
  id       serial primary key,
  email    varchar(254) not null,
  verified boolean not null,
  "primary" boolean not null,
  user_id  integer not null references auth_user
);

create table django_session (session_key varchar(40) primary key, session_data text not null);

insert into auth_user (password, username, first_name, last_name, email, date_joined) values
  ('x', 'dj', 'Django', 'Reinhardt', 'Django@example.com', '2022-01-01Z'), ('x', 'st', 'Stéphane', '', 'stephane@example.com', '2022-01-01Z'),
  ('x', 'joe', 'Joe', 'Venuti', 'joe@example.com', '2022-01-01Z');
insert into djstripe_customer (id, email, subscriber_id, stripe_data) values
  ('cus_Quintette', 'django@example.com', 1, '{}'), ('cus_Trio', 'joe@example.com', 3, '{}');
insert into djstripe_product (id, name, stripe_data) values ('prod_1', 'Hot Club', '{}');
insert into djstripe_price (id, active, currency, nickname, product_id, stripe_data) values
  ('price_1', true, 'usd', 'monthly', 'prod_1', '{}');
-- Stripe has the end of the period on the item since API version 2025-03-31, and before on the subscription.
insert into djstripe_subscription (id, customer_id, stripe_data) values
  ('sub_Quintette', 'cus_Quintette',
   '{"status": "active", "cancel_at_period_end": false, "trial_end": null, "items": {"data": [
     {"quantity": 2, "current_period_end": 1809129600, "price": {"id": "price_1", "product": "prod_1"}}]}}'),
  ('sub_Trio', 'cus_Trio',
   '{"status": "trialing", "trial_end": 1797000000, "current_period_end": 1797000000,
     "items": {"data": [{"quantity": 1, "price": {"id": "price_1", "product": "prod_1"}}]}}'),
  ('sub_Duo', 'cus_Trio',
   '{"status": "active", "pause_collection": {"behavior": "void"}, "current_period_end": 1805000000,
     "items": {"data": [{"quantity": 1, "price": {"id": "price_1", "product": "prod_1"}}]}}');
insert into djstripe_subscriptionitem (id, price_id, subscription_id, stripe_data) values
  ('si_1', 1, 'sub_Quintette', '{"quantity": 2, "current_period_end": 1809129600}');
insert into teams_team (name, slug, created_at, subscription_id) values
  ('Quintette', 'quintette', '2022-02-01Z', 'sub_Quintette'), ('Trio', 'trio', '2022-03-01Z', 'sub_Trio'),
  ('Duo', 'duo', '2022-04-01Z', 'sub_Duo');
-- Twice the same: nothing forbids it.
insert into teams_membership (role, team_id, user_id) values ('admin', 1, 1), ('member', 1, 1), ('member', 1, 2), ('admin', 2, 3), ('admin', 3, 3);
