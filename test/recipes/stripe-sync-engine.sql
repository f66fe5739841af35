-- Resembles a product beside Stripe's objects as @stripe/sync-engine 1.0 copies them: each row is the
-- object as json, and columns that are generated from it, those of the API version that was synced.

create table users (
  id                 bigserial primary key,
  email              text not null,
  name               text,
  stripe_customer_id text
);

create schema stripe;
create table stripe.customers (
  _raw_data jsonb not null,
  id        text primary key generated always as (_raw_data ->> 'id') stored,
  object    text generated always as (_raw_data ->> 'object') stored,
  name      text generated always as (_raw_data ->> 'name') stored,
  created   bigint generated always as ((_raw_data ->> 'created')::bigint) stored
);
create table stripe.products (
  _raw_data jsonb not null,
  id        text primary key generated always as (_raw_data ->> 'id') stored,
  object    text generated always as (_raw_data ->> 'object') stored,
  name      text generated always as (_raw_data ->> 'name') stored
);
create table stripe.subscriptions (
  _raw_data            jsonb not null,
  id                   text primary key generated always as (_raw_data ->> 'id') stored,
  object               text generated always as (_raw_data ->> 'object') stored,
  customer             text generated always as (_raw_data ->> 'customer') stored,
  status               text generated always as (_raw_data ->> 'status') stored,
  items                jsonb generated always as (_raw_data -> 'items') stored,
  cancel_at            bigint generated always as ((_raw_data ->> 'cancel_at')::bigint) stored,
  cancel_at_period_end boolean generated always as ((_raw_data ->> 'cancel_at_period_end')::boolean) stored,
  pause_collection     jsonb generated always as (_raw_data -> 'pause_collection') stored,
  trial_end            bigint generated always as ((_raw_data ->> 'trial_end')::bigint) stored,
  ended_at             bigint generated always as ((_raw_data ->> 'ended_at')::bigint) stored,
  created              bigint generated always as ((_raw_data ->> 'created')::bigint) stored
);

insert into users (email, name, stripe_customer_id) values
  ('Sync@example.com', 'Sonia Sync', 'cus_Sync1'),
  ('try@example.com', 'Tina Try', 'cus_Try'),
  ('leaving@example.com', 'Lea Leaving', 'cus_Leaving'),
  ('rest@example.com', 'Rita Rest', 'cus_Rest'),
  ('gone@example.com', 'Gus Gone', 'cus_Gone'),
  ('free@example.com', 'Fritz Free', null);
insert into stripe.customers (_raw_data)
select jsonb_build_object('id', 'cus_' || name, 'name', name || ' Ltd', 'created', 1700000000)
from unnest(array['Sync1', 'Try', 'Leaving', 'Rest', 'Gone']) as name;
insert into stripe.products (_raw_data) values ('{"id": "prod_1", "name": "Scale"}');
insert into stripe.subscriptions (_raw_data) values
  ('{"id": "sub_Ended", "customer": "cus_Sync1", "status": "canceled", "items": {"data": []}, "created": 1800000000}'),
  ('{"id": "sub_Sync1", "customer": "cus_Sync1", "status": "active", "cancel_at": null,
     "cancel_at_period_end": false, "pause_collection": null, "trial_end": null, "created": 1750000000,
     "items": {"data": [{"quantity": 25, "current_period_end": 1805000000, "price": {"product": "prod_1"}}]}}'),
  ('{"id": "sub_Try", "customer": "cus_Try", "status": "trialing", "trial_end": 1797000000, "created": 1790000000,
     "items": {"data": [{"quantity": 1, "current_period_end": 1797000000, "price": {"product": "prod_1"}}]}}'),
  ('{"id": "sub_Leaving", "customer": "cus_Leaving", "status": "active", "cancel_at": 1805000000,
     "cancel_at_period_end": true, "created": 1750000000,
     "items": {"data": [{"quantity": 1, "current_period_end": 1805000000, "price": {"product": "prod_1"}}]}}'),
  ('{"id": "sub_Rest", "customer": "cus_Rest", "status": "active", "pause_collection": {"behavior": "void"},
     "created": 1750000000,
     "items": {"data": [{"quantity": 1, "current_period_end": 1805000000, "price": {"product": "prod_1"}}]}}');
-- It ended at once, in the middle of a period.
insert into stripe.subscriptions (_raw_data) values
  ('{"id": "sub_Gone", "customer": "cus_Gone", "status": "canceled", "ended_at": 1790000000,
     "cancel_at_period_end": false, "created": 1750000000,
     "items": {"data": [{"quantity": 1, "current_period_end": 1805000000, "price": {"product": "prod_1"}}]}}');
