-- A draft by npm run draft-query for the database plausible: read it, then change it.
--
-- $1 is text[]: the customer's addresses with A-Z in lower case, the preferred one first.
-- Return a row for each account, best match first. A fact that is null, or missing, is not shown.
-- helpscout-sidebar contract 1
--
-- people:  public.users: email is unique, they sign in, 2 tables refer to them
-- company: public.teams: members in public.team_memberships (user_id, team_id)
-- billing: public.subscriptions, of the company
--
-- Not found: person_timezone, company_timezone, employee_limit, stripe_customer_id,
-- stripe_subscription_id, modules.
--
-- Missing indexes, without which a lookup reads a whole table:
--   create index concurrently on team_memberships (user_id);
--     -- the companies of a person
--   create index concurrently on subscriptions (team_id);
--     -- the subscription

select
  users.email,
  users.name                     as person_name,
  -- or whatever word they have for it
  'owner' = any (string_to_array(lower(team_memberships.role), ',')) as is_owner,
  teams.name                     as company_name,
  -- 'https://admin.example.com/teams/' || teams.id as admin_url, -- put your own admin's address
  teams.inserted_at              as customer_since,
  -- users.inserted_at           as customer_since,
  -- an id, not a name: case ... when ... then ... end makes words of it
  subscriptions.paddle_plan_id   as plan_name,
  subscriptions.status           as subscription_status,
  subscriptions.next_bill_date   as plan_expires_at,
  teams.trial_expiry_date        as trial_ends_at,
  employed.employee_count
  -- users.last_seen,                               -- a row of its own
from unnest($1::text[]) with ordinality as asked (email, preference)
join users on users.email = asked.email::citext
left join team_memberships on team_memberships.user_id = users.id
left join teams on teams.id = team_memberships.team_id
left join lateral (  -- the subscription: first of all with the same team_id
  select subscriptions.paddle_plan_id, subscriptions.status, subscriptions.next_bill_date
  from subscriptions
  where subscriptions.team_id = teams.id
  order by lower(subscriptions.status) in ('active', 'trialing', 'past_due') desc,
    subscriptions.inserted_at desc nulls last
  limit 1
) as subscriptions on true
left join lateral (  -- the rows of public.team_memberships
  select count(*) as employee_count
  from team_memberships
  where team_memberships.team_id = teams.id
  having teams.id is not null
) as employed on true
order by asked.preference, is_owner desc nulls last, company_name
limit 11;
