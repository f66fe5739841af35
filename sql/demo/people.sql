-- The demo's people. Every date hangs on the setting demo.now, so that a trial that ends in two
-- days does so today as well as next month. Run in one transaction: who looks on sees no gap.

delete from company_modules;
delete from invoices;
delete from subscriptions;
delete from employees;
delete from memberships;
delete from users;
delete from companies;

-- So many days from now, at this hour of the clock on the company's wall.
create or replace function pg_temp.days_from_now(days integer, zone text) returns timestamptz
language sql as $$
  select (current_setting('demo.now')::timestamptz at time zone zone + make_interval(days => days))
         at time zone zone
$$;

insert into companies (name, time_zone, admin_url, created_at)
select name, zone, admin_url, pg_temp.days_from_now(-age, coalesce(zone, 'UTC'))
from (values
  ('Smith & Sons Carpentry', 'Australia/Sydney',   'https://admin.example.com/companies/1', 2077),
  ('Trial & Error Ltd',      'Europe/London',      'https://admin.example.com/companies/2', 12),
  ('Yesterday’s Bakery',     'Europe/Dublin',      'https://admin.example.com/companies/3', 33),
  ('Overflow Logistics',     'America/Chicago',    'https://admin.example.com/companies/4', 730),
  ('Later Media',            'America/New_York',   'https://admin.example.com/companies/5', 400),
  ('Former Friends Inc.',    'America/Toronto',    'https://admin.example.com/companies/6', 900),
  ('Núñez & Hijos',          'Europe/Madrid',      'https://admin.example.com/companies/7', 1500),
  ('Mixed Media GmbH',       'Europe/Berlin',      'https://admin.example.com/companies/8', 365),
  ('First Hat Hotels',       'Asia/Singapore',     'https://admin.example.com/companies/9', 600),
  ('Second Hat Studio',      'Pacific/Auckland',   'https://admin.example.com/companies/10', 90),
  ('"><img src=x onerror=alert(1)>', null,         'javascript:alert(1)',                   1),
  ('Parting Ways Ltd',       'America/New_York',   'https://admin.example.com/companies/12', 500),
  ('Line by Line Press',     'Europe/Berlin',      'https://admin.example.com/companies/13', 500)
) as company (name, zone, admin_url, age);

insert into users (email, full_name, time_zone)
values
  ('fredsmith@mailinator.com',   'Fred Smith',       'Australia/Sydney'),
  ('jane.citizen@example.com',   'Jane Citizen',     'Asia/Kathmandu'),
  ('tina.trial@example.com',     'Tina Trial',       'Europe/London'),
  ('eddie.expired@example.com',  'Eddie Expired',    'Europe/Dublin'),
  ('olive.over@example.com',     'Olive Over',       'America/Chicago'),
  ('pat.pastdue@example.com',    'Pat Pastdue',      'America/New_York'),
  ('carl.canceled@example.com',  'Carl Canceled',    'America/Vancouver'),
  ('erin.ending@example.com',    'Erin Ending',      'America/New_York'),
  ('jose.nunez@example.com',     'José Núñez',       'Europe/Madrid'),
  ('Mixed.Case@Example.com',     'Mika Case',        'Europe/Berlin'),
  ('two.hats@example.com',       'Toni Two-Hats',    'Asia/Singapore'),
  ('bare@example.com',           null,               null),
  ('hostile@example.com',        '<script>alert(1)</script>', null),
  ('ines.invoice@example.com',   'Ines Invoice',     'Europe/Berlin');

insert into memberships (user_id, company_id, is_owner)
select users.id, companies.id, is_owner
from (values
  ('fredsmith@mailinator.com',   'Smith & Sons Carpentry', true),
  ('jane.citizen@example.com',   'Smith & Sons Carpentry', false),
  ('tina.trial@example.com',     'Trial & Error Ltd',      true),
  ('eddie.expired@example.com',  'Yesterday’s Bakery',     true),
  ('olive.over@example.com',     'Overflow Logistics',     true),
  ('pat.pastdue@example.com',    'Later Media',            true),
  ('carl.canceled@example.com',  'Former Friends Inc.',    true),
  ('jose.nunez@example.com',     'Núñez & Hijos',          true),
  ('Mixed.Case@Example.com',     'Mixed Media GmbH',       true),
  ('two.hats@example.com',       'First Hat Hotels',       true),
  ('two.hats@example.com',       'Second Hat Studio',      false),
  ('hostile@example.com',        '"><img src=x onerror=alert(1)>', true),
  ('erin.ending@example.com',    'Parting Ways Ltd',       true),
  ('ines.invoice@example.com',   'Line by Line Press',     true)
) as membership (email, company, is_owner)
join users on users.email = membership.email
join companies on companies.name = membership.company;

insert into employees (company_id, full_name, left_on)
select companies.id, 'Employee ' || number,
       case when number > at_work then current_setting('demo.now')::timestamptz::date - 30 end
from (values
  ('Smith & Sons Carpentry', 48, 51),
  ('Trial & Error Ltd',      4,  4),
  ('Yesterday’s Bakery',     7,  7),
  ('Overflow Logistics',     52, 60),
  ('Later Media',            11, 12),
  ('Former Friends Inc.',    23, 40),
  ('Núñez & Hijos',          1240, 1300),
  ('Mixed Media GmbH',       15, 15),
  ('First Hat Hotels',       180, 200),
  ('Second Hat Studio',      3,  3),
  ('Parting Ways Ltd',       9,  9),
  ('Line by Line Press',     9,  9)
) as staff (company, at_work, ever)
join companies on companies.name = staff.company
cross join generate_series(1, ever) as number;

insert into subscriptions (
  company_id, plan_name, status, expires_at, cancel_at_period_end, trial_ends_at, employee_limit,
  stripe_customer_id, stripe_subscription_id
)
select companies.id, plan_name, status,
       pg_temp.days_from_now(expires_in, time_zone), company = 'Parting Ways Ltd',
       pg_temp.days_from_now(trial_ends_in, time_zone),
       employee_limit, stripe_customer_id, stripe_subscription_id
from (values
  ('Smith & Sons Carpentry', 'Business',   'active',   110,  null, 50,   'cus_FredSmith1',  'sub_FredSmith1'),
  ('Trial & Error Ltd',      'Starter',    'trialing', null, 2,    10,   null,              null),
  ('Yesterday’s Bakery',     'Starter',    'trialing', null, -3,   10,   null,              null),
  ('Overflow Logistics',     'Business',   'active',   20,   null, 50,   'cus_OliveOver1',  'sub_OliveOver1'),
  ('Later Media',            'Team',       'past_due', 5,    null, 25,   'cus_PatPastdue1', 'sub_PatPastdue1'),
  ('Former Friends Inc.',    'Team',       'canceled', -31,  null, 25,   'cus_CarlCancel1', 'sub_CarlCancel1'),
  ('Núñez & Hijos',          'Enterprise', 'active',   300,  null, null, 'cus_JoseNunez1',  'sub_JoseNunez1'),
  ('Mixed Media GmbH',       'Team',       'active',   45,   null, 25,   'cus_MixedCase1',  'sub_MixedCase1'),
  ('First Hat Hotels',       'Enterprise', 'active',   200,  null, 250,  'cus_TwoHats1',    'sub_TwoHats1'),
  ('Second Hat Studio',      'Starter',    'trialing', null, 11,   10,   null,              null),
  ('Parting Ways Ltd',       'Team',       'active',   5,    null, 25,   'cus_ErinEnding1', 'sub_ErinEnding1'),
  ('Line by Line Press',     'Team',       'past_due', 20,   null, 25,   'cus_InesInvoice1', 'sub_InesInvoice1')
) as subscription (
  company, plan_name, status, expires_in, trial_ends_in, employee_limit,
  stripe_customer_id, stripe_subscription_id
)
join companies on companies.name = subscription.company;

insert into company_modules (company_id, module)
select companies.id, module
from (values
  ('Smith & Sons Carpentry', array['Leave', 'Payroll', 'Rosters']),
  ('Trial & Error Ltd',      array['Leave']),
  ('Yesterday’s Bakery',     array['Leave', 'Rosters']),
  ('Overflow Logistics',     array['Leave', 'Rosters', 'Timesheets']),
  ('Later Media',            array['Leave', 'Payroll']),
  ('Former Friends Inc.',    array['Leave']),
  ('Núñez & Hijos',          array['Benefits', 'Documents', 'Expenses', 'Leave', 'Onboarding',
                                   'Payroll', 'Performance', 'Recruiting', 'Rosters', 'Timesheets']),
  ('Mixed Media GmbH',       array['Leave', 'Timesheets']),
  ('First Hat Hotels',       array['Leave', 'Payroll', 'Rosters', 'Timesheets']),
  ('Second Hat Studio',      array['Leave']),
  ('Parting Ways Ltd',       array['Leave']),
  ('Line by Line Press',     array['Leave', 'Payroll'])
) as switched_on (company, modules)
join companies on companies.name = switched_on.company
cross join unnest(modules) as module;

-- One a month, of which the latest is open and the one before it was forgotten.
insert into invoices (company_id, number, issued_on, total, currency, status)
select companies.id, 'LLP-' || 100 + number,
       (pg_temp.days_from_now(30 * (number::integer - 8) - 10, 'UTC') at time zone 'UTC')::date, total, 'EUR', status
from unnest(
  array[49.90, 49.90, 49.90, 99.90, 99.90, 1249.90, 99.90, 99.90],
  array['paid', 'paid', 'refunded', 'paid', 'paid', 'paid', 'overdue', 'open']
) with ordinality as invoice (total, status, number)
join companies on companies.name = 'Line by Line Press';
