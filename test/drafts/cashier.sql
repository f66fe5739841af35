-- A draft by npm run draft-query for the database cashier: read it, then change it.
--
-- $1 is text[]: the customer's addresses with A-Z in lower case, the preferred one first.
-- Return a row for each account, best match first. A fact that is null, or missing, is not shown.
-- helpscout-sidebar contract 1
--
-- people:  public.users: email is unique, they sign in, 2 tables refer to them
-- company: public.teams: members in public.team_user (user_id, team_id); owner in user_id
-- billing: public.subscriptions, of the company (no foreign key; going by the name of team_id)
--
-- Not found: person_timezone, company_timezone, modules.
--
-- Missing indexes, without which a lookup reads a whole table:
--   create index concurrently on users (lower(email));
--     -- to find an address; or, if all are stored in lower case, compare users.email = asked.email
--   create index concurrently on team_user (user_id);
--     -- the companies of a person

select
  users.email,
  users.name                     as person_name,
  teams.user_id = users.id       as is_owner,
  teams.name                     as company_name,
  -- 'https://admin.example.com/teams/' || teams.id as admin_url, -- put your own admin's address
  teams.created_at               as customer_since,
  -- users.created_at            as customer_since,
  -- an id, not a name: case ... when ... then ... end makes words of it
  subscriptions.stripe_price     as plan_name,
  subscriptions.stripe_status    as subscription_status,
  subscriptions.ends_at          as plan_expires_at,
  subscriptions.trial_ends_at,
  -- teams.trial_ends_at,
  employed.employee_count,
  -- subscriptions.quantity      as employee_limit, -- if what is bought are seats
  -- where it is one of Stripe's
  case
    when teams.stripe_id like 'cus\_%' then teams.stripe_id
  end                            as stripe_customer_id,
  -- where it is one of Stripe's
  case
    when subscriptions.stripe_id like 'sub\_%' then subscriptions.stripe_id
  end                            as stripe_subscription_id
from unnest($1::text[]) with ordinality as asked (email, preference)
join users on lower(users.email) = asked.email
left join lateral (  -- members, and owners that are not among them
  select team_user.team_id as company_id
  from team_user
  where team_user.user_id = users.id
  union
  select teams.id
  from teams
  where teams.user_id = users.id
) as belonging on true
left join teams on teams.id = belonging.company_id
left join lateral (  -- the subscription: first of all with the same team_id
  select
    subscriptions.stripe_price,
    subscriptions.stripe_status,
    subscriptions.ends_at,
    subscriptions.trial_ends_at,
    subscriptions.quantity,
    subscriptions.stripe_id
  from subscriptions
  where subscriptions.team_id = teams.id
  order by lower(subscriptions.stripe_status) in ('active', 'trialing', 'past_due') desc,
    subscriptions.created_at desc nulls last
  limit 1
) as subscriptions on true
left join lateral (  -- the rows of public.team_user
  select count(*) as employee_count
  from team_user
  where team_user.team_id = teams.id
  having teams.id is not null
) as employed on true
order by asked.preference, is_owner desc nulls last, company_name
limit 11;
