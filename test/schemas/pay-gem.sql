-- Resembles a Rails product with the pay gem 11: accounts with owners, subscriptions of anything.

create table users (
  id                 bigserial primary key,
  email              varchar not null default '',
  encrypted_password varchar not null default '',
  reset_password_token varchar,
  first_name         varchar,
  last_name          varchar,
  time_zone          varchar,
  admin              boolean,
  created_at         timestamp not null
);
create unique index index_users_on_email on users (email);

create table accounts (
  id         bigserial primary key,
  name       varchar not null,
  owner_id   bigint references users,
  personal   boolean default false,
  billing_email varchar,
  created_at timestamp not null
);

create table account_users (
  id         bigserial primary key,
  account_id bigint not null references accounts,
  user_id    bigint not null references users,
  roles      jsonb not null default '{}',
  unique (account_id, user_id)
);

create table account_invitations (
  id            bigserial primary key,
  account_id    bigint not null references accounts,
  invited_by_id bigint references users,
  token         varchar not null,
  name          varchar not null,
  email         varchar not null
);

create table plans (
  id     bigserial primary key,
  name   varchar not null,
  amount integer not null default 0
);

create table pay_customers (
  id           bigserial primary key,
  owner_type   varchar,
  owner_id     bigint,
  processor    varchar not null,
  processor_id varchar,
  "default"    boolean,
  data         jsonb,
  deleted_at   timestamp,
  created_at   timestamp not null
);
create unique index pay_customer_owner_index on pay_customers (owner_type, owner_id, deleted_at);
create unique index on pay_customers (processor, processor_id);

create table pay_subscriptions (
  id                 bigserial primary key,
  customer_id        bigint not null references pay_customers,
  name               varchar not null,
  processor_id       varchar not null,
  processor_plan     varchar not null,
  quantity           integer not null default 1,
  status             varchar not null,
  current_period_end timestamp,
  trial_ends_at      timestamp,
  ends_at            timestamp,
  created_at         timestamp not null
);
create unique index on pay_subscriptions (customer_id, processor_id);

insert into users (email, encrypted_password, first_name, last_name, time_zone, created_at) values
  ('olga@example.com', 'x', 'Olga', 'Owner', 'Europe/Kyiv', '2020-01-01'),
  ('mia@example.com', 'x', 'Mia', null, null, '2020-01-01');
insert into accounts (name, owner_id, created_at) values ('Olga’s Works', 1, '2020-01-02'), ('Mia', 2, '2020-01-02');
insert into account_users (account_id, user_id) values (1, 1), (1, 2), (2, 2);
insert into pay_customers (owner_type, owner_id, processor, processor_id, "default", created_at) values
  ('Account', 1, 'stripe', 'cus_Olga1', true, '2020-01-03'),
  ('Account', 1, 'paddle_billing', 'ctm_1', false, '2020-01-04'),
  ('User', 1, 'stripe', 'cus_Somebody', true, '2020-01-04');
insert into pay_subscriptions (customer_id, name, processor_id, processor_plan, status, current_period_end, ends_at, created_at) values
  (1, 'default', 'sub_Old', 'price_basic', 'canceled', '2021-01-03', '2021-01-03', '2020-01-03'),
  (1, 'default', 'sub_Olga1', 'price_pro', 'active', '2027-01-03', null, '2021-01-03'),
  (3, 'default', 'sub_Wrong', 'price_pro', 'active', '2027-01-03', null, '2021-01-03');
