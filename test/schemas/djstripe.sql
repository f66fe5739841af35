-- Resembles Django with dj-stripe: first and last names, a team that refers to its subscription,
-- and Stripe's objects with two keys each.

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
  created       timestamptz
);

create table djstripe_product (djstripe_id bigserial primary key, id varchar(255) not null unique, name text not null);
create table djstripe_plan (
  djstripe_id bigserial primary key,
  id          varchar(255) not null unique,
  nickname    text not null,
  product_id  varchar(255) references djstripe_product (id)
);

create table djstripe_subscription (
  djstripe_id        bigserial primary key,
  id                 varchar(255) not null unique,
  status             varchar(18) not null,
  current_period_end timestamptz not null,
  trial_end          timestamptz,
  quantity           integer,
  customer_id        varchar(255) not null references djstripe_customer (id),
  plan_id            bigint references djstripe_plan,
  stripe_data        jsonb
);

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
  ('x', 'dj', 'Django', 'Reinhardt', 'Django@example.com', '2022-01-01Z'), ('x', 'st', 'Stéphane', '', 'stephane@example.com', '2022-01-01Z');
insert into djstripe_customer (id, email, subscriber_id) values ('cus_Quintette', 'django@example.com', 1);
insert into djstripe_product (id, name) values ('prod_1', 'Hot Club');
insert into djstripe_plan (id, nickname, product_id) values ('plan_1', 'monthly', 'prod_1');
insert into djstripe_subscription (id, status, current_period_end, customer_id, plan_id) values
  ('sub_Quintette', 'active', '2027-05-01Z', 'cus_Quintette', 1);
insert into teams_team (name, slug, created_at, subscription_id) values ('Quintette', 'quintette', '2022-02-01Z', 'sub_Quintette');
-- Twice the same: nothing forbids it.
insert into teams_membership (role, team_id, user_id) values ('admin', 1, 1), ('member', 1, 1), ('member', 1, 2);
