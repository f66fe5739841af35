-- The tables of an HR product, as many have them: people sign in as users, a company employs
-- people (most of whom never sign in), pays for a subscription and switches modules on.

create table companies (
  id              bigint generated always as identity primary key,
  name            text not null,
  time_zone       text,
  admin_url       text,
  created_at      timestamptz,
  employee_count  integer not null default 0         -- those at work, see below
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

-- Keeps companies.employee_count, so that nobody who asks for it has to count.
create function keep_employee_count() returns trigger
language plpgsql as $$
begin
  if tg_op <> 'INSERT' and old.left_on is null then
    update companies set employee_count = employee_count - 1 where id = old.company_id;
  end if;
  if tg_op <> 'DELETE' and new.left_on is null then
    update companies set employee_count = employee_count + 1 where id = new.company_id;
  end if;
  return null;
end
$$;

create trigger employee_count after insert or update or delete on employees
for each row execute function keep_employee_count();

create table subscriptions (
  company_id              bigint primary key references companies,
  plan_name               text not null,
  status                  text not null,
  expires_at              timestamptz,
  cancel_at_period_end    boolean not null default false,
  trial_ends_at           timestamptz,
  employee_limit          integer,
  stripe_customer_id      text,
  stripe_subscription_id  text
);

create table invoices (
  id          bigint generated always as identity primary key,
  company_id  bigint not null references companies,
  number      text not null,
  issued_on   date not null,
  total       numeric(10, 2) not null,
  currency    text not null,
  status      text not null
);

create index invoices_company on invoices (company_id, issued_on);

create table company_modules (
  company_id  bigint not null references companies,
  module      text not null,
  primary key (company_id, module)
);
