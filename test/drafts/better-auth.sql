-- A draft by npm run draft-query for the database better-auth: read it, then change it.
--
-- $1 is text[]: the customer's addresses with A-Z in lower case, the preferred one first.
-- Return a row for each account, best match first. A fact that is null, or missing, is not shown.
-- helpscout-sidebar contract 1
--
-- people:  public.user: email is unique, they pay, 5 tables refer to them
-- company: public.organization: members in public.member (userId, organizationId)
-- billing: public.subscription, of the company (no foreign key; going by the name of referenceId)
--          or public.subscription, of the person (no foreign key; going by the name of referenceId)
--
-- Not found: person_timezone, company_timezone, modules.
--
-- Missing indexes, without which a lookup reads a whole table:
--   create index concurrently on "user" (lower(email));
--     -- to find an address; or, if all are stored in lower case, compare "user".email = asked.email
--   create index concurrently on subscription ("referenceId");
--     -- the subscription

select
  "user".email,
  "user".name                    as person_name,
  belonging.is_owner,                               -- or whatever word they have for it
  organization.name              as company_name,
  -- 'https://admin.example.com/organization/' || organization.id as admin_url, -- put your own admin's address
  organization."createdAt"       as customer_since,
  -- "user"."createdAt"          as customer_since,
  subscription.plan              as plan_name,
  subscription.status            as subscription_status,
  subscription."periodEnd"       as plan_expires_at,
  subscription."cancelAtPeriodEnd" as cancel_at_period_end,
  coalesce(subscription."endedAt", subscription."cancelAt") as cancels_at,
  subscription."trialEnd"        as trial_ends_at,
  employed.employee_count,
  subscription.seats             as employee_limit, -- null: no limit
  subscription."stripeCustomerId" as stripe_customer_id,
  -- organization."stripeCustomerId" as stripe_customer_id,
  -- "user"."stripeCustomerId"   as stripe_customer_id,
  subscription."stripeSubscriptionId" as stripe_subscription_id
  -- case when subscription.id like 'sub\_%' then subscription.id end as stripe_subscription_id, -- where it is one of Stripe's
from unnest($1::text[]) with ordinality as asked (email, preference)
join "user" on lower("user".email) = asked.email
left join lateral (  -- once, however many rows say so
  select member."organizationId" as company_id,
    bool_or('owner' = any (string_to_array(lower(member.role), ','))) as is_owner
  from member
  where member."userId" = "user".id
  group by 1
) as belonging on true
left join organization on organization.id = belonging.company_id
left join lateral (  -- the subscription: first of all with the same referenceId
  select
    subscription.plan,
    subscription.status,
    subscription."periodEnd",
    subscription."cancelAtPeriodEnd",
    subscription."endedAt",
    subscription."cancelAt",
    subscription."trialEnd",
    subscription.seats,
    subscription."stripeCustomerId",
    subscription."stripeSubscriptionId",
    subscription.id
  from subscription
  where subscription."referenceId" = organization.id
  order by lower(subscription.status) in ('active', 'trialing', 'past_due') desc,
    subscription."periodEnd" desc nulls last
  limit 1
) as subscription on true
left join lateral (  -- the rows of public.member
  select count(distinct member."userId") as employee_count
  from member
  where member."organizationId" = organization.id
  having organization.id is not null
) as employed on true
order by asked.preference, is_owner desc nulls last, company_name
limit 11;
