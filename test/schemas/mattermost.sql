-- Resembles Mattermost: no foreign keys, names run together, milliseconds since 1970, 0 for never.

create table users (
  id        varchar(26) primary key,
  createat  bigint,
  deleteat  bigint,
  username  varchar(64) unique,
  password  varchar(128),
  email     varchar(128) unique,
  nickname  varchar(64),
  firstname varchar(64),
  lastname  varchar(64),
  timezone  jsonb default '{}'
);
create table teams (
  id          varchar(26) primary key,
  createat    bigint,
  deleteat    bigint,
  displayname varchar(64),
  name        varchar(64) unique,
  email       varchar(128),
  schemeid    varchar(26)
);
create table teammembers (
  teamid      varchar(26) not null,
  userid      varchar(26) not null,
  roles       varchar(64),
  deleteat    bigint,
  schemeadmin boolean,
  primary key (teamid, userid)
);
create table channels (id varchar(26) primary key, teamid varchar(26), creatorid varchar(26), name varchar(64), deleteat bigint);
create table sessions (id varchar(26) primary key, token varchar(26), userid varchar(26), createat bigint);

insert into users (id, createat, deleteat, username, email, firstname, lastname) values
  ('u1', 1577836800000, 0, 'matt', 'matt@example.com', 'Matt', 'Most'),
  ('u2', 1577836800000, 1600000000000, 'gone', 'gone@example.com', 'Gone', 'Girl');
insert into teams (id, createat, deleteat, displayname, name) values
  ('t1', 1577923200000, 0, 'The Team', 'the-team'), ('t2', 1577923200000, 1600000000000, 'Closed', 'closed');
insert into teammembers (teamid, userid, roles, deleteat) values ('t1', 'u1', 'team_admin', 0), ('t2', 'u1', '', 0), ('t1', 'u2', '', 1600000000000);
