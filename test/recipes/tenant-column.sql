-- Resembles a product that tells its tenants apart by a column, and lets the database hide the
-- others' rows.

create table tenants (id bigserial primary key, name text not null, plan text, status text, created_at timestamptz);
create table users (
  id        bigserial primary key,
  tenant_id bigint not null references tenants,
  email     text not null,
  name      text,
  role      text not null default 'member',
  unique (tenant_id, email)
);
alter table users enable row level security;
create policy own_tenant on users using (tenant_id = current_setting('app.tenant_id')::bigint);

insert into tenants (name, plan, status, created_at) values
  ('North', 'Pro', 'active', '2024-01-01Z'), ('South', 'Free', null, '2025-01-01Z');
insert into users (tenant_id, email, name, role) values
  (1, 'both@example.com', 'Bo Both', 'member'), (2, 'both@example.com', 'Bo Both', 'owner'),
  (1, 'ned@example.com', 'Ned North', 'owner');
