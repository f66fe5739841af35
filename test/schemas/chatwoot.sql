-- Resembles Chatwoot: Rails, memberships with a role that is a number, and contacts beside users.

create table accounts (
  id            serial primary key,
  name          varchar not null,
  locale        integer default 0,
  limits        jsonb default '{}',
  feature_flags bigint not null default 0,
  status        integer default 0,
  created_at    timestamp not null
);

create table users (
  id                 serial primary key,
  provider           varchar not null default 'email',
  uid                varchar not null default '',
  encrypted_password varchar not null default '',
  name               varchar not null,
  display_name       varchar,
  email              varchar,
  current_sign_in_at timestamp,
  created_at         timestamp not null
);
create index index_users_on_email on users (email);

create table account_users (
  id         bigserial primary key,
  account_id bigint references accounts,
  user_id    bigint references users,
  role       integer default 0,
  inviter_id bigint
);
create unique index uniq_user_id_per_account_id on account_users (account_id, user_id);
create index index_account_users_on_user_id on account_users (user_id);

create table contacts (
  id         serial primary key,
  name       varchar,
  email      varchar,
  account_id integer not null,
  created_at timestamp not null
);
create unique index uniq_email_per_account_contact on contacts (email, account_id);

create table notification_subscriptions (
  id                bigserial primary key,
  user_id           bigint not null,
  subscription_type integer not null,
  identifier        text
);

insert into accounts (name, created_at) values ('Paper Street', '2021-05-01 10:00'), ('Second Street', '2022-05-01 10:00');
insert into users (name, email, encrypted_password, created_at) values
  ('Ann Agent', 'Ann@Example.com', '$2a$11$secret', '2021-05-01 10:00'),
  ('Bob Both', 'bob@example.com', '$2a$11$secret', '2021-06-01 10:00');
insert into account_users (account_id, user_id, role) values (1, 1, 1), (1, 2, 0), (2, 2, 1);
insert into contacts (name, email, account_id, created_at) values ('Ann, their customer', 'ann@example.com', 2, now());
