-- Resembles a product that keeps what a billing system's webhooks told it: the last state of each
-- subscription, in that system's words.

create table organizations (id bigserial primary key, name text not null, created_at timestamptz);
create table people (
  id              bigserial primary key,
  organization_id bigint references organizations,
  email           text not null,
  full_name       text,
  is_admin        boolean not null default false
);
create index on people (organization_id);
create table billing_subscriptions (
  id              bigserial primary key,
  organization_id bigint not null references organizations,
  provider        text not null,
  external_id     text not null,
  state           text not null,
  plan_code       text,
  term_ends_at    timestamptz,
  cancels_at      timestamptz,
  trial_ends_at   timestamptz,
  seats           integer,
  updated_at      timestamptz not null
);

insert into organizations (name, created_at) values ('Mirror & Co', '2022-01-01Z'), ('Ended BV', '2022-01-01Z'),
  ('Runs SA', '2022-01-01Z'), ('Paddlers', '2022-01-01Z');
insert into people (organization_id, email, full_name, is_admin) values
  (1, 'mia@example.com', 'Mia Mirror', true), (1, 'moe@example.com', null, false),
  (2, 'eva@example.com', 'Eva Ended', true), (3, 'rosa@example.com', 'Rosa Runs', true),
  (4, 'pia@example.com', 'Pia Paddle', true);
insert into billing_subscriptions
  (organization_id, provider, external_id, state, plan_code, term_ends_at, cancels_at, seats, updated_at) values
  (1, 'recurly', 'old', 'expired', 'starter-monthly', '2024-01-01Z', null, 1, '2024-01-01Z'),
  (1, 'chargebee', 'Az1', 'non_renewing', 'team-yearly', '2027-03-01Z', null, 10, '2026-11-01Z'),
  (2, 'recurly', 'x', 'expired', 'team-yearly', '2026-01-01Z', null, 5, '2026-01-01Z'),
  (3, 'recurly', 'y', 'canceled', 'team-yearly', '2027-03-01Z', null, 5, '2026-11-01Z'),
  (4, 'paddle', 'sub_p', 'active', 'team-yearly', '2026-12-01Z', '2026-12-01Z', 5, '2026-11-01Z');
