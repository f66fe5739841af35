-- A draft by npm run draft-query for the database discourse: read it, then change it.
--
-- $1 is text[]: the customer's addresses with A-Z in lower case, the preferred one first.
-- Return a row for each account, best match first. A fact that is null, or missing, is not shown.
-- helpscout-sidebar contract 1
--
-- people:  public.users: their addresses are rows of public.user_emails, 7 tables refer to them
-- company: none found: people pay for themselves
-- billing: no table of subscriptions found
--
-- Not found: is_owner, company_name, company_timezone, plan_name, subscription_status,
-- plan_expires_at, trial_ends_at, employee_count, employee_limit, stripe_customer_id,
-- stripe_subscription_id, modules.

select
  found.email,
  users.name                     as person_name,
  -- users.username              as person_name,
  user_options.timezone          as person_timezone,
  -- 'https://admin.example.com/users/' || users.id as admin_url, -- put your own admin's address
  users.created_at               as customer_since
  -- users.last_seen_at,                            -- a row of its own
  -- users.suspended_at,                            -- a row of its own
from (
  select distinct on (user_emails.user_id) user_emails.user_id as person_id, user_emails.email as email, asked.preference
  from unnest($1::text[]) with ordinality as asked (email, preference)
  join user_emails on lower(user_emails.email) = asked.email
  order by user_emails.user_id, asked.preference
) as found
join users on users.id = found.person_id
left join user_options on user_options.user_id = users.id  -- one of each
order by found.preference
limit 11;
