-- A draft by npm run draft-query for the database mattermost: read it, then change it.
--
-- $1 is text[]: the customer's addresses with A-Z in lower case, the preferred one first.
-- Return a row for each account, best match first. A fact that is null, or missing, is not shown.
-- helpscout-sidebar contract 1
--
-- people:  public.users: email is unique, they sign in, 2 tables refer to them
-- company: public.teams: members in public.teammembers (userid, teamid)
-- billing: no table of subscriptions found
--
-- Not found: person_timezone, is_owner, company_timezone, plan_name, subscription_status,
-- plan_expires_at, trial_ends_at, employee_limit, stripe_customer_id, stripe_subscription_id,
-- modules.
--
-- Missing indexes, without which a lookup reads a whole table:
--   create index concurrently on users (lower(email));
--     -- to find an address; or, if all are stored in lower case, compare users.email = asked.email
--   create index concurrently on teammembers (userid);
--     -- the companies of a person

select
  users.email,
  concat_ws(' ', users.firstname, users.lastname) as person_name,
  -- users.nickname              as person_name,
  -- users.username              as person_name,
  teams.displayname              as company_name,
  -- teams.name                  as company_name,
  -- 'https://admin.example.com/teams/' || teams.id as admin_url, -- put your own admin's address
  -- seconds or milliseconds since 1970
  to_timestamp(
    nullif(teams.createat, 0) / case when teams.createat > 100000000000 then 1000 else 1 end
  )                              as customer_since,
  -- to_timestamp( nullif(users.createat, 0) / case when users.createat > 100000000000 then 1000 else 1 end ) as customer_since, -- seconds or milliseconds since 1970
  employed.employee_count
from unnest($1::text[]) with ordinality as asked (email, preference)
join users on lower(users.email) = asked.email
  and coalesce(users.deleteat, 0) = 0
left join lateral (  -- not in deleted companies
  select teammembers.teamid as company_id
  from teammembers
  join teams on teams.id = teammembers.teamid
    and coalesce(teams.deleteat, 0) = 0
  where teammembers.userid = users.id
    and coalesce(teammembers.deleteat, 0) = 0
) as belonging on true
left join teams on teams.id = belonging.company_id
left join lateral (  -- the rows of public.teammembers
  select count(*) as employee_count
  from teammembers
  where teammembers.teamid = teams.id
    and coalesce(teammembers.deleteat, 0) = 0
  having teams.id is not null
) as employed on true
order by asked.preference, company_name
limit 11;
