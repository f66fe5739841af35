-- Resembles products where people have several addresses, of which one is preferred.

create table people (id bigserial primary key, full_name text, plan text, renews_on date);
create table addresses (
  id          bigserial primary key,
  person_id   bigint not null references people,
  address     text not null,
  is_verified boolean not null
);

insert into people (full_name, plan, renews_on) values ('Ada Addresses', 'Solo', '2027-02-01'), ('Eve', 'Solo', null);
insert into addresses (person_id, address, is_verified) values
  (1, 'ada@example.com', true), (1, 'Ada.Work@example.com', true), (1, 'unproven@example.com', false),
  (2, 'ada@example.com', false);
