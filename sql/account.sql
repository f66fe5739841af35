-- YOUR TABLES: the one query. Change it to read them.
--
-- $1 is text[]: the customer's addresses with A-Z in lower case, the preferred one first.
-- $2, if you name it, is text: Help Scout's number of the customer, or null (docs/query.md).
-- $3, if you name it, is jsonb: the agent's role, the inbox and more, if signed (docs/query.md).
-- Return a row for each account, best match first. `email`, the address that matched, is the
-- only column that must be there; a fact that is null, or missing, is not shown.
--
-- What the columns are called and mean, as docs/upgrading.md has it:
-- helpscout-sidebar contract 1

select
  users.email,
  users.full_name                as person_name,
  users.time_zone                as person_timezone,
  memberships.is_owner,
  companies.name                 as company_name,
  companies.time_zone            as company_timezone,
  companies.admin_url,
  companies.created_at           as customer_since,
  subscriptions.plan_name,
  subscriptions.status           as subscription_status,
  subscriptions.expires_at       as plan_expires_at,
  subscriptions.cancel_at_period_end,              -- true: it ends then; false: it renews
  subscriptions.trial_ends_at,
  -- Where no column has the number:
  --   (select count(*) from employees
  --    where employees.company_id = companies.id and employees.left_on is null)
  -- A hundred thousand of them make an answer take twelve times as long.
  companies.employee_count,
  subscriptions.employee_limit,                    -- null: no limit
  subscriptions.stripe_customer_id,
  subscriptions.stripe_subscription_id,
  array(
    select module from company_modules
    where company_modules.company_id = companies.id
    order by module
  )                              as modules,
  -- A list: a line for each object, of text, at, amount, currency, note, url and tone.
  (
    select json_agg(
      json_build_object(
        'text', latest.number,
        'at', latest.issued_on,
        'amount', latest.total,
        'currency', latest.currency,
        'note', initcap(latest.status),
        'tone', case latest.status when 'overdue' then 'red' when 'open' then 'orange' end,
        'url', companies.admin_url || '/invoices/' || latest.id
      ) order by latest.issued_on desc
    )
    from (
      select * from invoices
      where invoices.company_id = companies.id
      order by invoices.issued_on desc
      limit 20
    ) as latest
  )                              as invoices
from unnest($1::text[]) with ordinality as asked (email, preference)
join users on lower(users.email) = asked.email
left join memberships on memberships.user_id = users.id
left join companies on companies.id = memberships.company_id
left join subscriptions on subscriptions.company_id = companies.id
order by asked.preference, memberships.is_owner desc nulls last, companies.name
limit 11;                                          -- ten are shown; one more says so
