-- Resembles a product beside Stripe's objects as a sync engine copies them, into a schema of their
-- own: seconds since 1970, lists as json, no foreign key to the product's tables.

create table users (
  id                 bigserial primary key,
  email              text not null,
  name               text,
  stripe_customer_id text
);

create schema stripe;
create table stripe.customers (id text primary key, email text, name text, created integer);
create table stripe.products (id text primary key, name text, active boolean);
create table stripe.subscriptions (
  id                 text primary key,
  customer           text references stripe.customers,
  status             text,
  items              jsonb,
  current_period_end integer,
  trial_end          integer,
  created            integer
);

insert into users (email, name, stripe_customer_id) values
  ('Sync@example.com', 'Sonia Sync', 'cus_Sync1'),
  ('free@example.com', 'Fritz Free', null);
insert into stripe.customers values ('cus_Sync1', 'billing@example.com', 'Sync Ltd', 1700000000);
insert into stripe.products values ('prod_1', 'Scale', true);
insert into stripe.subscriptions values
  ('sub_Old', 'cus_Sync1', 'canceled', '{"data": []}', 1700000000, null, 1700000000),
  ('sub_Sync1', 'cus_Sync1', 'active',
   '{"data": [{"quantity": 25, "current_period_end": 1805000000, "price": {"product": "prod_1"}}]}',
   null, null, 1750000000);
