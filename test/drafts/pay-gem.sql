-- A draft by npm run draft-query for the database pay-gem: read it, then change it.
--
-- $1 is text[]: the customer's addresses with A-Z in lower case, the preferred one first.
-- Return a row for each account, best match first. A fact that is null, or missing, is not shown.
-- helpscout-sidebar contract 1
--
-- people:  public.users: email is unique, they sign in, they pay, 3 tables refer to them
-- company: public.accounts: members in public.account_users (user_id, account_id); owner in
--          owner_id
-- billing: public.pay_customers, then public.pay_subscriptions, of the company (no foreign key;
--          going by the name of owner_type and owner_id)
--          or public.pay_customers, then public.pay_subscriptions, of the person (no foreign key;
--          going by the name of owner_type and owner_id)
--
-- Not found: company_timezone, modules.
--
-- Missing indexes, without which a lookup reads a whole table:
--   create index concurrently on users (lower(email));
--     -- to find an address; or, if all are stored in lower case, compare users.email = asked.email
--   create index concurrently on account_users (user_id);
--     -- the companies of a person
--   create index concurrently on accounts (owner_id);
--     -- the companies of an owner

select
  users.email,
  concat_ws(' ', users.first_name, users.last_name) as person_name,
  users.time_zone                as person_timezone,
  accounts.owner_id = users.id   as is_owner,
  accounts.name                  as company_name,
  -- 'https://admin.example.com/accounts/' || accounts.id as admin_url, -- put your own admin's address
  accounts.created_at            as customer_since,
  -- users.created_at            as customer_since,
  -- an id, not a name: case ... when ... then ... end makes words of it
  pay_subscriptions.processor_plan as plan_name,
  pay_subscriptions.status       as subscription_status,
  pay_subscriptions.current_period_end as plan_expires_at,
  -- pay_subscriptions.ends_at   as plan_expires_at,
  pay_subscriptions.trial_ends_at,
  employed.employee_count,
  -- pay_subscriptions.quantity  as employee_limit, -- if what is bought are seats
  -- where it is one of Stripe's
  case
    when pay_customers.processor_id like 'cus\_%' then pay_customers.processor_id
  end                            as stripe_customer_id,
  -- where it is one of Stripe's
  case
    when pay_subscriptions.processor_id like 'sub\_%' then pay_subscriptions.processor_id
  end                            as stripe_subscription_id
from unnest($1::text[]) with ordinality as asked (email, preference)
join users on lower(users.email) = asked.email
left join lateral (  -- members, and owners that are not among them
  select account_users.account_id as company_id
  from account_users
  where account_users.user_id = users.id
  union
  select accounts.id
  from accounts
  where accounts.owner_id = users.id
) as belonging on true
left join accounts on accounts.id = belonging.company_id
left join lateral (  -- the customer at Stripe: first of all with the same owner_id
  select pay_customers.processor_id, pay_customers.id
  from pay_customers
  where pay_customers.owner_id = accounts.id
    and pay_customers.owner_type in ('Account', 'App\Models\Account')
    and pay_customers.deleted_at is null
  order by pay_customers."default" desc nulls last,
    pay_customers.created_at desc nulls last
  limit 1
) as pay_customers on true
left join lateral (  -- the subscription: first of all with the same customer_id
  select
    pay_subscriptions.processor_plan,
    pay_subscriptions.status,
    pay_subscriptions.current_period_end,
    pay_subscriptions.ends_at,
    pay_subscriptions.trial_ends_at,
    pay_subscriptions.quantity,
    pay_subscriptions.processor_id
  from pay_subscriptions
  where pay_subscriptions.customer_id = pay_customers.id
  order by lower(pay_subscriptions.status) in ('active', 'trialing', 'past_due') desc,
    pay_subscriptions.created_at desc nulls last
  limit 1
) as pay_subscriptions on true
left join lateral (  -- the rows of public.account_users
  select count(*) as employee_count
  from account_users
  where account_users.account_id = accounts.id
  having accounts.id is not null
) as employed on true
order by asked.preference, is_owner desc nulls last, company_name
limit 11;
