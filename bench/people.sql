-- So many users, ten to a company, each company with ten employees, a subscription and three
-- modules. The last two companies are there for one question: what a hundred thousand employees
-- cost more than ten.

-- Foreign keys and counts hold by construction; a trigger for each takes longer than all the rest.
set session_replication_role = replica;

insert into companies (name, time_zone, admin_url, created_at, employee_count)
select 'Company ' || n || ' & Sons',
       (array['Australia/Sydney', 'Europe/London', 'America/New_York', 'Asia/Kathmandu'])[1 + n % 4],
       'https://admin.example.com/companies/' || n,
       now() - make_interval(days => 30 + n % 2000),
       10
from generate_series(1, current_setting('bench.users')::integer / 10) as n;

insert into users (email, full_name, time_zone)
select 'Person' || n || '@customers.example.com',
       'Person O’' || n,
       (array['Australia/Perth', 'Europe/Paris', 'America/Chicago', 'Asia/Tokyo', 'UTC'])[1 + n % 5]
from generate_series(1, current_setting('bench.users')::integer) as n;

insert into memberships (user_id, company_id, is_owner)
select id, (id - 1) / 10 + 1, id % 10 = 1 from users;

insert into employees (company_id, full_name, left_on)
select company.id, 'Employee ' || n, case when n > 10 then current_date - 30 end
from companies as company cross join generate_series(1, 12) as n;

insert into subscriptions (
  company_id, plan_name, status, expires_at, trial_ends_at, employee_limit,
  stripe_customer_id, stripe_subscription_id
)
select id,
       (array['Starter', 'Team', 'Business'])[1 + id % 3],
       (array['active', 'active', 'active', 'trialing', 'past_due'])[1 + id % 5],
       case when id % 5 <> 3 then now() + make_interval(days => id::integer % 400 - 5) end,
       case when id % 5 = 3 then now() + make_interval(days => id::integer % 40 - 5) end,
       (array[9, 10, 11, 50, null])[1 + id % 5],
       case when id % 5 <> 3 then 'cus_' || id end,
       case when id % 5 <> 3 then 'sub_' || id end
from companies;

insert into company_modules (company_id, module)
select id, module from companies cross join unnest(array['Leave', 'Payroll', 'Rosters']) as module;

with company as (
  insert into companies (name, employee_count)
  values ('Ten Employees', 10), ('A Hundred Thousand Employees', 100000)
  returning id, name
), member as (
  insert into users (email)
  select case name when 'Ten Employees' then 'ten' else 'many' end || '@customers.example.com'
  from company
  returning id, email
), membership as (
  insert into memberships (user_id, company_id)
  select member.id, company.id from member
  join company on (company.name = 'Ten Employees') = (member.email like 'ten@%')
)
insert into employees (company_id, full_name)
select company.id, 'Employee ' || n
from company
cross join generate_series(1, case name when 'Ten Employees' then 10 else 100000 end) as n;
