-- Resembles a product beside Stripe's objects as @supabase/stripe-sync-engine 0.48 copies them: seconds
-- since 1970, but a trial's as json; lists as json; no foreign keys.

create table users (
  id                 bigserial primary key,
  email              text not null,
  name               text,
  stripe_customer_id text
);

create schema stripe;
create type stripe.subscription_status as enum (
  'trialing', 'active', 'canceled', 'incomplete', 'incomplete_expired', 'past_due', 'unpaid', 'paused'
);
create table stripe.customers (id text primary key, object text, email text, name text, created integer);
create table stripe.products (id text primary key, object text, name text, active boolean);
create table stripe.subscriptions (
  id                   text primary key,
  object               text,
  customer             text,
  status               stripe.subscription_status,
  items                jsonb,
  current_period_end   integer,
  cancel_at            integer,
  cancel_at_period_end boolean,
  pause_collection     jsonb,
  trial_end            jsonb,
  ended_at             integer,
  created              integer
);

insert into users (email, name, stripe_customer_id) values
  ('Sync@example.com', 'Sonia Sync', 'cus_Sync1'),
  ('old@example.com', 'Olaf Old', 'cus_Old'),
  ('try@example.com', 'Tina Try', 'cus_Try'),
  ('leaving@example.com', 'Lea Leaving', 'cus_Leaving'),
  ('rest@example.com', 'Rita Rest', 'cus_Rest'),
  ('gone@example.com', 'Gus Gone', 'cus_Gone'),
  ('free@example.com', 'Fritz Free', null);
insert into stripe.customers
select 'cus_' || name, 'customer', 'billing@example.com', name || ' Ltd', 1700000000
from unnest(array['Sync1', 'Old', 'Try', 'Leaving', 'Rest', 'Gone']) as name;
insert into stripe.products values ('prod_1', 'product', 'Scale', true);
-- Stripe has the end of the period on the item since API version 2025-03-31, and before on the subscription.
insert into stripe.subscriptions
  (id, customer, status, items, current_period_end, cancel_at, cancel_at_period_end, pause_collection, trial_end, created)
values
  ('sub_Ended', 'cus_Sync1', 'canceled', '{"data": []}', 1700000000, null, false, null, null, 1800000000),
  ('sub_Sync1', 'cus_Sync1', 'active',
   '{"data": [{"quantity": 25, "current_period_end": 1805000000, "price": {"product": "prod_1"}}]}',
   null, null, false, null, null, 1750000000),
  ('sub_Old', 'cus_Old', 'active', '{"data": [{"quantity": 1, "price": {"product": "prod_1"}}]}',
   1805000000, null, false, null, 'null', 1700000000),
  ('sub_Try', 'cus_Try', 'trialing',
   '{"data": [{"quantity": 1, "current_period_end": 1797000000, "price": {"product": "prod_1"}}]}',
   null, null, false, null, '1797000000', 1790000000),
  ('sub_Leaving', 'cus_Leaving', 'active',
   '{"data": [{"quantity": 1, "current_period_end": 1805000000, "price": {"product": "prod_1"}}]}',
   null, 1805000000, true, null, null, 1750000000),
  ('sub_Rest', 'cus_Rest', 'active',
   '{"data": [{"quantity": 1, "current_period_end": 1805000000, "price": {"product": "prod_1"}}]}',
   null, null, false, '{"behavior": "void"}', null, 1750000000);
-- It ended at once, in the middle of a period.
insert into stripe.subscriptions (id, customer, status, items, ended_at, cancel_at_period_end, created) values
  ('sub_Gone', 'cus_Gone', 'canceled',
   '{"data": [{"quantity": 1, "current_period_end": 1805000000, "price": {"product": "prod_1"}}]}',
   1790000000, false, 1750000000);
