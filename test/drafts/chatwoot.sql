-- A draft by npm run draft-query for the database chatwoot: read it, then change it.
--
-- $1 is text[]: the customer's addresses with A-Z in lower case, the preferred one first.
-- Return a row for each account, best match first. A fact that is null, or missing, is not shown.
-- helpscout-sidebar contract 1
--
-- people:  public.users: they sign in, 2 tables refer to them
-- company: public.accounts: members in public.account_users (user_id, account_id)
-- billing: no table of subscriptions found
--
-- Not found: person_timezone, company_timezone, plan_name, subscription_status, plan_expires_at,
-- trial_ends_at, employee_limit, stripe_customer_id, stripe_subscription_id, modules.
--
-- Missing indexes, without which a lookup reads a whole table:
--   create index concurrently on users (lower(email));
--     -- to find an address; or, if all are stored in lower case, compare users.email = asked.email

select
  users.email,
  users.name                     as person_name,
  -- users.display_name          as person_name,
  -- account_users.role = 1      as is_owner,       -- a number: put that of the owners
  accounts.name                  as company_name,
  -- 'https://admin.example.com/accounts/' || accounts.id as admin_url, -- put your own admin's address
  accounts.created_at            as customer_since,
  -- users.created_at            as customer_since,
  employed.employee_count
  -- users.current_sign_in_at,                      -- a row of its own
from unnest($1::text[]) with ordinality as asked (email, preference)
join users on lower(users.email) = asked.email
left join account_users on account_users.user_id = users.id
left join accounts on accounts.id = account_users.account_id
left join lateral (  -- the rows of public.account_users
  select count(*) as employee_count
  from account_users
  where account_users.account_id = accounts.id
  having accounts.id is not null
) as employed on true
order by asked.preference, company_name
limit 11;
