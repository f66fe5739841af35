-- Resembles Plausible: Elixir, citext, teams with memberships, dates without a time.

create extension citext;
create table users (
  id            bigserial primary key,
  email         citext not null,
  name          varchar(255),
  password_hash varchar(255),
  last_seen     timestamp(0),
  inserted_at   timestamp(0) not null
);
create unique index users_email_index on users (email);
create table teams (
  id                bigserial primary key,
  name              varchar(255) not null,
  trial_expiry_date date,
  inserted_at       timestamp(0) not null
);
create table team_memberships (
  id      bigserial primary key,
  role    varchar(255) not null,
  user_id bigint not null references users,
  team_id bigint not null references teams
);
create unique index on team_memberships (team_id, user_id);
create table sites (id bigserial primary key, domain varchar(255) not null, team_id bigint references teams);
create table subscriptions (
  id                     bigserial primary key,
  paddle_subscription_id varchar(255) not null,
  paddle_plan_id         varchar(255) not null,
  status                 varchar(255) not null,
  next_bill_date         date,
  team_id                bigint references teams,
  inserted_at            timestamp(0) not null
);
create table team_invitations (id bigserial primary key, email citext not null, team_id bigint not null references teams, inviter_id bigint references users);

insert into users (email, name, password_hash, inserted_at) values ('Uku@Example.com', 'Uku Plausible', 'x', '2020-01-01');
insert into teams (name, trial_expiry_date, inserted_at) values ('Analytics', '2020-02-01', '2020-01-01');
insert into team_memberships (role, user_id, team_id) values ('owner', 1, 1);
insert into subscriptions (paddle_subscription_id, paddle_plan_id, status, next_bill_date, team_id, inserted_at) values
  ('1', '857097', 'active', '2027-01-15', 1, '2020-02-01');
