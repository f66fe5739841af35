-- A draft by npm run draft-query for the database djstripe: read it, then change it.
--
-- $1 is text[]: the customer's addresses with A-Z in lower case, the preferred one first.
-- Return a row for each account, best match first. A fact that is null, or missing, is not shown.
-- helpscout-sidebar contract 1
--
-- people:  public.auth_user: they sign in, they pay, 4 tables refer to them
-- company: public.teams_team: members in public.teams_membership (user_id, team_id)
-- billing: public.djstripe_subscription, of the company
--          or public.djstripe_customer, then public.djstripe_subscription, of the person
--
-- Not found: person_timezone, company_timezone, employee_limit, modules.
--
-- The same people have addresses in public.account_emailaddress (email): --table
-- public.account_emailaddress looks there instead.
--
-- Missing indexes, without which a lookup reads a whole table:
--   create index concurrently on auth_user (lower(email));
--     -- to find an address
--   create index concurrently on teams_membership (user_id);
--     -- the companies of a person
--   create index concurrently on teams_membership (team_id);
--     -- the number of employees

select
  auth_user.email,
  concat_ws(' ', auth_user.first_name, auth_user.last_name) as person_name,
  -- auth_user.username          as person_name,
  -- exists (select from teams_membership where teams_membership.user_id = auth_user.id and teams_membership.team_id = teams_team.id and teams_membership.role = 'admin') as is_owner, -- nobody is called owner there
  teams_team.name                as company_name,
  -- 'https://admin.example.com/teams_team/' || teams_team.id as admin_url, -- put your own admin's address
  teams_team.created_at          as customer_since,
  -- auth_user.date_joined       as customer_since,
  djstripe_product.name          as plan_name,
  -- djstripe_price.nickname     as plan_name,
  -- from the copy of Stripe's object
  djstripe_subscription.stripe_data ->> 'status' as subscription_status,
  -- from the copy of Stripe's object
  coalesce(case
    when jsonb_typeof(djstripe_subscription.stripe_data #> '{current_period_end}') = 'number'
    then to_timestamp((djstripe_subscription.stripe_data #>> '{current_period_end}')::float8)
  end, case
    when jsonb_typeof(djstripe_subscription.stripe_data #> '{items,data,0,current_period_end}') = 'number'
    then to_timestamp((djstripe_subscription.stripe_data #>> '{items,data,0,current_period_end}')::float8)
  end)                           as plan_expires_at,
  -- from the copy of Stripe's object
  djstripe_subscription.stripe_data -> 'cancel_at_period_end' = 'true' as cancel_at_period_end,
  -- from the copy of Stripe's object
  coalesce(case
    when jsonb_typeof(djstripe_subscription.stripe_data #> '{ended_at}') = 'number'
    then to_timestamp((djstripe_subscription.stripe_data #>> '{ended_at}')::float8)
  end, case
    when jsonb_typeof(djstripe_subscription.stripe_data #> '{cancel_at}') = 'number'
    then to_timestamp((djstripe_subscription.stripe_data #>> '{cancel_at}')::float8)
  end)                           as cancels_at,
  -- from the copy of Stripe's object
  case
    when jsonb_typeof(djstripe_subscription.stripe_data #> '{trial_end}') = 'number'
    then to_timestamp((djstripe_subscription.stripe_data #>> '{trial_end}')::float8)
  end                            as trial_ends_at,
  employed.employee_count,
  -- where it is one of Stripe's
  case
    when djstripe_subscription.customer_id like 'cus\_%' then djstripe_subscription.customer_id
  end                            as stripe_customer_id,
  -- where it is one of Stripe's
  case
    when djstripe_subscription.id like 'sub\_%' then djstripe_subscription.id
  end                            as stripe_subscription_id
  -- auth_user.last_login,                          -- a row of its own
from unnest($1::text[]) with ordinality as asked (email, preference)
join auth_user on lower(auth_user.email) = asked.email
left join lateral (  -- once, however many rows say so
  select teams_membership.team_id as company_id
  from teams_membership
  where teams_membership.user_id = auth_user.id
  group by 1
) as belonging on true
left join teams_team on teams_team.id = belonging.company_id
left join djstripe_subscription on djstripe_subscription.id = teams_team.subscription_id  -- the subscription
left join lateral (  -- what is subscribed to: any of all with the same subscription_id
  select djstripe_subscriptionitem.price_id
  from djstripe_subscriptionitem
  where djstripe_subscriptionitem.subscription_id = djstripe_subscription.id
  limit 1
) as djstripe_subscriptionitem on true
left join djstripe_price on djstripe_price.djstripe_id = djstripe_subscriptionitem.price_id  -- the plan
left join djstripe_product on djstripe_product.id = djstripe_price.product_id  -- the product
left join lateral (  -- the rows of public.teams_membership
  select count(distinct teams_membership.user_id) as employee_count
  from teams_membership
  where teams_membership.team_id = teams_team.id
  having teams_team.id is not null
) as employed on true
order by asked.preference, company_name
limit 11;
