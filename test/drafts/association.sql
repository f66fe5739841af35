-- A draft by npm run draft-query for the database association: read it, then change it.
--
-- $1 is text[]: the customer's addresses with A-Z in lower case, the preferred one first.
-- Return a row for each account, best match first. A fact that is null, or missing, is not shown.
-- helpscout-sidebar contract 1
--
-- people:  crm.person: 1 table refers to them
-- company: crm.organisation: members in crm.membership (person_id, organisation_id)
-- billing: crm.subscription, of the company (no foreign key; going by the name of organisation_id)
--
-- Not found: person_timezone, trial_ends_at, stripe_customer_id, stripe_subscription_id.
--
-- Missing indexes, without which a lookup reads a whole table:
--   create index on crm.employee (organisation_id);
--     -- the number of employees

select
  person."e-mail"                as email,
  concat_ws(' ', person.given_name, person.family_name) as person_name,
  belonging.is_owner,                               -- or whatever word they have for it
  organisation.name              as company_name,
  organisation."time zone"       as company_timezone,
  organisation.admin_url,
  organisation.member_since      as customer_since,
  subscription.plan              as plan_name,
  subscription.state             as subscription_status,
  -- seconds or milliseconds since 1970
  to_timestamp(
    nullif(subscription."valid until", 0) / case when subscription."valid until" > 100000000000 then 1000 else 1 end
  )                              as plan_expires_at,
  employed.employee_count,
  organisation.max_employees     as employee_limit, -- null: no limit
  array(
    select crm.module.name from crm.organisation_module
    join crm.module on crm.module.id = crm.organisation_module.module_id
    where crm.organisation_module.organisation_id = organisation.id and crm.organisation_module.enabled
    order by 1
  )                              as modules
from unnest($1::text[]) with ordinality as asked (email, preference)
join crm.person as person on person."e-mail" = asked.email::citext
  and person.deleted_at is null
left join lateral (  -- once, however many rows say so
  select membership.organisation_id as company_id,
    bool_or((select lower(crm.role.name) from crm.role where crm.role.id = membership.role_id) = 'owner') as is_owner
  from crm.membership as membership
  join crm.organisation as organisation on organisation.id = membership.organisation_id
    and organisation.is_deleted is not true
  where membership.person_id = person.id
    and membership.left_on is null
  group by 1
) as belonging on true
left join crm.organisation as organisation on organisation.id = belonging.company_id
left join lateral (  -- the subscription: first of all with the same organisation_id
  select subscription.plan, subscription.state, subscription."valid until"
  from crm.subscription as subscription
  where subscription.organisation_id = organisation.id
  order by lower(subscription.state) in ('active', 'trialing', 'past_due') desc,
    subscription."valid until" desc nulls last
  limit 1
) as subscription on true
left join lateral (  -- the rows of crm.employee
  select count(*) as employee_count
  from crm.employee
  where crm.employee.organisation_id = organisation.id
    and crm.employee.left_on is null
  having organisation.id is not null
) as employed on true
order by asked.preference, is_owner desc nulls last, company_name
limit 11;
