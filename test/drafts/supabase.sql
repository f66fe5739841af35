-- A draft by npm run draft-query for the database supabase: read it, then change it.
--
-- $1 is text[]: the customer's addresses with A-Z in lower case, the preferred one first.
-- Return a row for each account, best match first. A fact that is null, or missing, is not shown.
-- helpscout-sidebar contract 1
--
-- people:  auth.users: email is unique, they sign in, they pay, 4 tables refer to them
-- company: none found: people pay for themselves
-- billing: public.subscriptions, of the person
--          or public.customers, then public.subscriptions, of the person
--
-- Not found: person_timezone, is_owner, company_name, company_timezone, employee_count, modules.
--
-- The same people have addresses in auth.identities (email): --table auth.identities looks there
-- instead.
--
-- Missing indexes, without which a lookup reads a whole table:
--   create index concurrently on auth.users (lower(email));
--     -- to find an address; or, if all are stored in lower case, compare users.email = asked.email
--   create index concurrently on subscriptions (user_id);
--     -- the subscription

select
  users.email,
  profiles.full_name             as person_name,
  -- users.raw_user_meta_data ->> 'full_name' as person_name, -- what they signed up with
  -- 'https://admin.example.com/users/' || users.id as admin_url, -- put your own admin's address
  users.created_at               as customer_since,
  products.name                  as plan_name,
  subscriptions.status           as subscription_status,
  subscriptions.current_period_end as plan_expires_at,
  subscriptions.cancel_at_period_end,
  coalesce(subscriptions.ended_at, subscriptions.cancel_at) as cancels_at,
  subscriptions.trial_end        as trial_ends_at,
  -- subscriptions.quantity      as employee_limit, -- if what is bought are seats
  customers.stripe_customer_id,
  -- where it is one of Stripe's
  case
    when subscriptions.id like 'sub\_%' then subscriptions.id
  end                            as stripe_subscription_id
  -- users.last_sign_in_at,                         -- a row of its own
from unnest($1::text[]) with ordinality as asked (email, preference)
join auth.users as users on lower(users.email) = asked.email
  and users.deleted_at is null
left join profiles on profiles.id = users.id  -- one of each
left join customers on customers.id = users.id  -- the customer at Stripe
left join lateral (  -- the subscription: first of all with the same user_id
  select
    subscriptions.status,
    subscriptions.current_period_end,
    subscriptions.cancel_at_period_end,
    subscriptions.ended_at,
    subscriptions.cancel_at,
    subscriptions.trial_end,
    subscriptions.quantity,
    subscriptions.id,
    subscriptions.price_id
  from subscriptions
  where subscriptions.user_id = users.id
  order by subscriptions.status in ('trialing', 'active', 'past_due') desc,
    subscriptions.created desc nulls last
  limit 1
) as subscriptions on true
left join prices on prices.id = subscriptions.price_id  -- the plan
left join products on products.id = prices.product_id  -- the product
order by asked.preference
limit 11;
