-- Resembles Laravel with Jetstream's teams and Cashier 15, which bills the teams: a team's owner is not among its members.

create table users (
  id              bigserial primary key,
  name            varchar(255) not null,
  email           varchar(255) not null unique,
  password        varchar(255) not null,
  remember_token  varchar(100),
  current_team_id bigint,
  created_at      timestamp(0)
);

create table teams (
  id            bigserial primary key,
  user_id       bigint not null,
  name          varchar(255) not null,
  personal_team boolean not null,
  stripe_id     varchar(255),
  pm_type       varchar(255),
  pm_last_four  varchar(4),
  trial_ends_at timestamp(0),
  created_at    timestamp(0)
);
create index teams_user_id_index on teams (user_id);
create index teams_stripe_id_index on teams (stripe_id);

create table team_user (
  id      bigserial primary key,
  team_id bigint not null,
  user_id bigint not null,
  role    varchar(255),
  unique (team_id, user_id)
);

create table subscriptions (
  id            bigserial primary key,
  team_id       bigint not null,
  type          varchar(255) not null,
  stripe_id     varchar(255) not null unique,
  stripe_status varchar(255) not null,
  stripe_price  varchar(255),
  quantity      integer,
  trial_ends_at timestamp(0),
  ends_at       timestamp(0),
  created_at    timestamp(0)
);
create index on subscriptions (team_id, stripe_status);

create table subscription_items (
  id              bigserial primary key,
  subscription_id bigint not null,
  stripe_id       varchar(255) not null unique,
  stripe_product  varchar(255) not null,
  stripe_price    varchar(255) not null,
  quantity        integer
);
create index on subscription_items (subscription_id, stripe_price);

create table password_reset_tokens (email varchar(255) primary key, token varchar(255) not null);

insert into users (name, email, password, current_team_id, created_at) values
  ('Taylor Owner', 'taylor@example.com', 'x', 1, '2023-01-01'),
  ('Robin Member', 'robin@example.com', 'x', 1, '2023-01-01');
insert into teams (user_id, name, personal_team, stripe_id, created_at) values
  (1, 'Taylor’s Team', false, 'cus_Taylor', '2023-02-01');
insert into team_user (team_id, user_id, role) values (1, 2, 'editor');
insert into subscriptions (team_id, type, stripe_id, stripe_status, stripe_price, trial_ends_at, created_at) values
  (1, 'default', 'sub_Taylor', 'trialing', 'price_monthly', '2027-01-01', '2023-02-02');
