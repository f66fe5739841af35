-- A draft by npm run draft-query for the database prisma: read it, then change it.
--
-- $1 is text[]: the customer's addresses with A-Z in lower case, the preferred one first.
-- Return a row for each account, best match first. A fact that is null, or missing, is not shown.
-- helpscout-sidebar contract 1
--
-- people:  public.User: email is unique, 3 tables refer to them
-- company: public.Team: members in public.TeamMember (userId, teamId)
-- billing: public.Subscription, of the company
--
-- Not found: company_timezone, modules.
--
-- Missing indexes, without which a lookup reads a whole table:
--   create index concurrently on "User" (lower(email));
--     -- to find an address; or, if all are stored in lower case, compare "User".email = asked.email

select
  "User".email,
  "User".name                    as person_name,
  "User"."timeZone"              as person_timezone,
  "TeamMember".role = 'OWNER'    as is_owner,
  "Team".name                    as company_name,
  -- 'https://admin.example.com/Team/' || "Team".id as admin_url, -- put your own admin's address
  "Team"."createdAt"             as customer_since,
  -- "User"."createdAt"          as customer_since,
  "Plan".name                    as plan_name,
  "Subscription".status          as subscription_status,
  "Subscription"."currentPeriodEnd" as plan_expires_at,
  "Subscription"."cancelAtPeriodEnd" as cancel_at_period_end,
  "Subscription"."trialEnd"      as trial_ends_at,
  employed.employee_count,
  "Plan"."maxMembers"            as employee_limit, -- null: no limit
  "Subscription"."stripeCustomerId" as stripe_customer_id,
  -- case when "Team"."billingId" like 'cus\_%' then "Team"."billingId" end as stripe_customer_id, -- where it is one of Stripe's
  "Subscription"."stripeSubscriptionId" as stripe_subscription_id
  -- case when "Subscription".id like 'sub\_%' then "Subscription".id end as stripe_subscription_id, -- where it is one of Stripe's
from unnest($1::text[]) with ordinality as asked (email, preference)
join "User" on lower("User".email) = asked.email
left join "TeamMember" on "TeamMember"."userId" = "User".id
left join "Team" on "Team".id = "TeamMember"."teamId"
left join "Subscription" on "Subscription"."teamId" = "Team".id  -- the subscription
left join "Plan" on "Plan".id = "Subscription"."planId"  -- the plan
left join lateral (  -- the rows of public.TeamMember
  select count(*) as employee_count
  from "TeamMember"
  where "TeamMember"."teamId" = "Team".id
  having "Team".id is not null
) as employed on true
order by asked.preference, is_owner desc nulls last, company_name
limit 11;
