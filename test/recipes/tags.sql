-- Resembles products where people sign up with one address, some with a tag in it.

create table users (id bigserial primary key, email text not null, name text, plan text);

insert into users (email, name, plan) values
  ('Tara@gmail.com', 'Tara Tag', 'Solo'), ('tara+trial@gmail.com', 'Tara Trial', 'Free'),
  ('cora@corp.example', 'Cora Corp', 'Solo'), ('+other@gmail.com', 'Oscar Other', 'Solo');
