-- A draft by npm run draft-query for the database ghost: read it, then change it.
--
-- $1 is text[]: the customer's addresses with A-Z in lower case, the preferred one first.
-- Return a row for each account, best match first. A fact that is null, or missing, is not shown.
-- helpscout-sidebar contract 1
--
-- people:  public.members: email is unique, they pay, 3 tables refer to them
-- company: none found: people pay for themselves
-- billing: public.members_stripe_customers, then public.members_stripe_customers_subscriptions, of
--          the person
--
-- Not found: person_timezone, is_owner, company_name, company_timezone, trial_ends_at,
-- employee_count, employee_limit, modules.
--
-- The people may be those of public.users (email) instead: --table public.users drafts for them.
--
-- Missing indexes, without which a lookup reads a whole table:
--   create index concurrently on members (lower(email));
--     -- to find an address; or, if all are stored in lower case, compare members.email = asked.email
--   create index concurrently on members_stripe_customers (member_id);
--     -- the customer at Stripe
--   create index concurrently on members_stripe_customers_subscriptions (customer_id);
--     -- the subscription

select
  members.email,
  members.name                   as person_name,
  -- 'https://admin.example.com/members/' || members.id as admin_url, -- put your own admin's address
  members.created_at             as customer_since,
  members_stripe_customers_subscriptions.plan_nickname as plan_name,
  members_stripe_customers_subscriptions.status as subscription_status,
  members_stripe_customers_subscriptions.current_period_end as plan_expires_at,
  -- where it is one of Stripe's
  case
    when members_stripe_customers_subscriptions.customer_id like 'cus\_%' then members_stripe_customers_subscriptions.customer_id
  end                            as stripe_customer_id,
  -- case when members_stripe_customers.id like 'cus\_%' then members_stripe_customers.id end as stripe_customer_id, -- where it is one of Stripe's
  -- where it is one of Stripe's
  case
    when members_stripe_customers_subscriptions.subscription_id like 'sub\_%' then members_stripe_customers_subscriptions.subscription_id
  end                            as stripe_subscription_id
  -- case when members_stripe_customers_subscriptions.id like 'sub\_%' then members_stripe_customers_subscriptions.id end as stripe_subscription_id, -- where it is one of Stripe's
  -- members.last_seen_at,                          -- a row of its own
from unnest($1::text[]) with ordinality as asked (email, preference)
join members on lower(members.email) = asked.email
left join lateral (  -- the customer at Stripe: first of all with the same member_id
  select members_stripe_customers.id, members_stripe_customers.customer_id
  from members_stripe_customers
  where members_stripe_customers.member_id = members.id
  order by members_stripe_customers.created_at desc nulls last
  limit 1
) as members_stripe_customers on true
left join lateral (  -- the subscription: first of all with the same customer_id
  select
    members_stripe_customers_subscriptions.plan_nickname,
    members_stripe_customers_subscriptions.status,
    members_stripe_customers_subscriptions.current_period_end,
    members_stripe_customers_subscriptions.customer_id,
    members_stripe_customers_subscriptions.subscription_id,
    members_stripe_customers_subscriptions.id
  from members_stripe_customers_subscriptions
  where members_stripe_customers_subscriptions.customer_id = members_stripe_customers.customer_id
  order by lower(members_stripe_customers_subscriptions.status) in ('active', 'trialing', 'past_due') desc,
    members_stripe_customers_subscriptions.created_at desc nulls last
  limit 1
) as members_stripe_customers_subscriptions on true
order by asked.preference
limit 11;
