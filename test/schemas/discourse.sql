-- Resembles Discourse: addresses in a table of their own, options in another, and no company.

create table users (
  id           serial primary key,
  username     varchar(60) not null,
  name         varchar,
  created_at   timestamp not null,
  last_seen_at timestamp,
  admin        boolean not null default false,
  suspended_at timestamp
);

create table user_passwords (
  id            serial primary key,
  user_id       integer not null,
  password_hash varchar(64) not null
);

create table user_emails (
  id               serial primary key,
  user_id          integer not null,
  email            varchar(513) not null,
  "primary"        boolean not null default false,
  normalized_email varchar,
  created_at       timestamp not null
);
create unique index index_user_emails_on_email on user_emails (lower(email));
create index index_user_emails_on_user_id on user_emails (user_id);

create table user_options (
  user_id   integer primary key,
  timezone  varchar,
  dark_mode boolean not null default false
);

create table email_tokens (
  id      serial primary key,
  user_id integer not null,
  email   varchar not null,
  token_hash varchar not null
);
create table email_logs (id serial primary key, to_address varchar not null, email_type varchar not null, user_id integer);
create table invited_users (id serial primary key, user_id integer, invite_id integer not null);
create table invites (id serial primary key, email varchar, invited_by_id integer not null);
create table screened_emails (id serial primary key, email varchar not null unique, action_type integer not null);

create table groups (id serial primary key, name varchar not null unique, title varchar, user_count integer not null default 0);
create table group_users (
  id       serial primary key,
  group_id integer not null,
  user_id  integer not null,
  owner    boolean not null default false,
  unique (group_id, user_id)
);

insert into users (username, name, created_at) values ('sam', 'Sam Talker', '2019-03-01'), ('lea', null, '2020-03-01');
insert into user_emails (user_id, email, "primary", created_at) values
  (1, 'Sam@Example.com', true, now()), (1, 'sam.private@example.com', false, now()), (2, 'lea@example.com', true, now());
insert into user_options values (1, 'America/Lima');
insert into groups (name) values ('trust_level_1'), ('trust_level_2');
insert into group_users (group_id, user_id) values (1, 1), (2, 1);
