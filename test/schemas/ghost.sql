-- Resembles Ghost: members, each with customers at Stripe, each with subscriptions; staff apart.

create table users (
  id       varchar(24) primary key,
  name     varchar(191) not null,
  password varchar(60) not null,
  email    varchar(191) not null unique,
  status   varchar(50) not null default 'active'
);
create table posts (id varchar(24) primary key, title varchar(2000) not null, created_by varchar(24) references users);

create table members (
  id           varchar(24) primary key,
  email        varchar(191) not null unique,
  status       varchar(50) not null default 'free' check (status in ('free', 'paid', 'comped')),
  name         varchar(191),
  last_seen_at timestamp,
  created_at   timestamp not null
);
create table members_stripe_customers (
  id          varchar(24) primary key,
  member_id   varchar(24) not null references members,
  customer_id varchar(255) not null unique,
  name        varchar(191),
  email       varchar(191),
  created_at  timestamp not null
);
create table members_stripe_customers_subscriptions (
  id                   varchar(24) primary key,
  customer_id          varchar(255) not null references members_stripe_customers (customer_id),
  subscription_id      varchar(255) not null unique,
  stripe_price_id      varchar(255) not null,
  status               varchar(50) not null,
  current_period_end   timestamp not null,
  plan_nickname        varchar(50) not null,
  created_at           timestamp not null
);
create table members_login_events (id varchar(24) primary key, member_id varchar(24) not null references members, created_at timestamp not null);
create table subscriptions_log (id varchar(24) primary key, member_id varchar(24) not null references members);

insert into users values ('1', 'Editor', 'x', 'editor@example.com');
insert into members (id, email, name, created_at) values ('m1', 'reader@example.com', 'Rita Reader', '2023-04-01');
insert into members_stripe_customers (id, member_id, customer_id, created_at) values ('c1', 'm1', 'cus_Rita', '2023-04-02');
insert into members_stripe_customers_subscriptions values
  ('s1', 'cus_Rita', 'sub_Rita', 'price_1', 'active', '2027-04-02', 'Yearly', '2023-04-02');
