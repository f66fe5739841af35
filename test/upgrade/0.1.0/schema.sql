-- The tables of an HR product, as many have them: people sign in as users, a company employs
-- people (most of whom never sign in), pays for a subscription and switches modules on.

create table companies (
  id          bigint generated always as identity primary key,
  name        text not null,
  time_zone   text,
  admin_url   text,
  created_at  timestamptz
);

create table users (
  id          bigint generated always as identity primary key,
  email       text not null,
  full_name   text,
  time_zone   text
);

-- The lookup finds people by this index, whatever the case in which they typed their address.
create unique index users_email on users (lower(email));

create table memberships (
  user_id     bigint not null references users,
  company_id  bigint not null references companies,
  is_owner    boolean not null default false,
  primary key (user_id, company_id)
);

create table employees (
  id          bigint generated always as identity primary key,
  company_id  bigint not null references companies,
  full_name   text not null,
  left_on     date
);

create index employees_at_work on employees (company_id) where left_on is null;

create table subscriptions (
  company_id              bigint primary key references companies,
  plan_name               text not null,
  status                  text not null,
  expires_at              timestamptz,
  trial_ends_at           timestamptz,
  employee_limit          integer,
  stripe_customer_id      text,
  stripe_subscription_id  text
);

create table company_modules (
  company_id  bigint not null references companies,
  module      text not null,
  primary key (company_id, module)
);
