-- What many products have beside their accounts.

create table users (id integer primary key, email text, company_id integer);
insert into users values (1, 'Lea@example.com', 1), (2, 'new@example.com', 2);

create table invoices (
  id integer primary key, company_id integer, number text, created_at timestamptz, due_at timestamptz,
  amount_due bigint, currency text, status text, hosted_invoice_url text
);
insert into invoices values
  (1, 1, 'INV-1', '2026-08-01', '2026-08-15', 4990, 'eur', 'paid', 'https://invoice.example.com/1'),
  (2, 1, 'INV-2', '2026-10-01', '2026-10-15', 4990, 'eur', 'open', 'https://invoice.example.com/2'),
  (3, 1, 'INV-3', '2026-11-01', '9998-01-01', 500000, 'jpy', 'open', null);

create table orders (
  id integer primary key, user_id integer, number text, placed_at timestamptz, total numeric(10, 2),
  currency text, status text
);
create table order_lines (order_id integer, quantity integer, primary key (order_id, quantity));
insert into orders values
  (1, 1, '#1001', '2026-06-01', 20.00, 'USD', 'delivered'), (2, 1, '#1002', '2026-11-20', 1300.50, 'USD', 'returned');
insert into order_lines values (1, 1), (2, 2), (2, 3);

create table subscription_items (
  id integer primary key, company_id integer, status text, quantity integer, unit_amount integer,
  currency text, per text
);
insert into subscription_items values
  (1, 1, 'active', 5, 990, 'eur', 'month'), (2, 1, 'active', 1, 12000, 'eur', 'year'),
  (3, 1, 'canceled', 9, 990, 'eur', 'month');

create table sessions (id integer primary key, user_id integer, created_at timestamptz, user_agent text);
insert into sessions values
  (1, 1, '2026-11-01 08:00Z', 'Firefox'), (2, 1, '2026-11-21 14:05Z', 'Safari');

create table feature_flags (company_id integer, name text, is_on boolean, primary key (company_id, name));
insert into feature_flags values
  (1, 'new_editor', true), (1, 'api_v2', false), (1, 'exports', true), (1, 'sso', true);

create table notes (
  id integer primary key, company_id integer, text text, author text, written_at timestamptz, is_warning boolean
);
insert into notes values
  (1, 1, 'Prefers to be called', 'Kim', '2026-01-05', false), (2, 1, 'No discounts any more', 'Sam', '2026-10-05', true);
