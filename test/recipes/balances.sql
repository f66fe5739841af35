-- Resembles products that keep what a company owes beside its plan.

create table companies (id bigserial primary key, name text, plan text, balance numeric, currency text);
create table users (id bigserial primary key, email text not null, company_id bigint references companies);

insert into companies (name, plan, balance, currency) values ('Mona Money', 'Team', 1250.5, 'EUR');
insert into users (email, company_id) values ('mona@example.com', 1);
