-- Resembles a Next.js starter on Prisma and NextAuth: mixed-case names, text keys, enums.

create type "Role" as enum ('OWNER', 'ADMIN', 'MEMBER');
create type "SubscriptionStatus" as enum ('ACTIVE', 'TRIALING', 'PAST_DUE', 'CANCELED');

create table "User" (
  "id"            text primary key,
  "name"          text,
  "email"         text,
  "emailVerified" timestamp(3),
  "image"         text,
  "timeZone"      text not null default 'Europe/London',
  "createdAt"     timestamp(3) not null default current_timestamp
);
create unique index "User_email_key" on "User" ("email");

create table "Account" (
  "id"                text primary key,
  "userId"            text not null references "User",
  "provider"          text not null,
  "providerAccountId" text not null,
  "access_token"      text
);

create table "Session" (
  "id"           text primary key,
  "sessionToken" text not null,
  "userId"       text not null references "User",
  "expires"      timestamp(3) not null
);

create table "VerificationToken" ("identifier" text not null, "token" text not null, "expires" timestamp(3) not null);

create table "Team" (
  "id"        text primary key,
  "name"      text not null,
  "slug"      text not null unique,
  "billingId" text,
  "createdAt" timestamp(3) not null default current_timestamp
);

create table "TeamMember" (
  "id"     text primary key,
  "teamId" text not null references "Team",
  "userId" text not null references "User",
  "role"   "Role" not null default 'MEMBER'
);
create unique index "TeamMember_teamId_userId_key" on "TeamMember" ("teamId", "userId");
create index "TeamMember_userId_idx" on "TeamMember" ("userId");

create table "Invitation" (
  "id"     text primary key,
  "email"  text not null,
  "teamId" text not null references "Team",
  "token"  text not null unique
);

create table "Plan" ("id" text primary key, "name" text not null, "maxMembers" integer);

create table "Subscription" (
  "id"                   text primary key,
  "teamId"               text not null unique references "Team",
  "planId"               text not null references "Plan",
  "status"               "SubscriptionStatus" not null,
  "stripeCustomerId"     text not null,
  "stripeSubscriptionId" text not null,
  "currentPeriodEnd"     timestamp(3),
  "cancelAtPeriodEnd"    boolean not null default false,
  "trialEnd"             timestamp(3)
);

insert into "User" ("id", "name", "email", "createdAt") values
  ('u1', 'Nadia Next', 'nadia@example.com', '2024-01-01'), ('u2', 'Paul Prisma', 'paul@example.com', '2024-01-01');
insert into "Account" values ('a1', 'u1', 'google', '1', 'secret'), ('a2', 'u1', 'github', '2', 'secret');
insert into "Team" ("id", "name", "slug", "createdAt") values ('t1', 'Nadia Inc', 'nadia', '2024-02-01');
insert into "TeamMember" values ('m1', 't1', 'u1', 'OWNER'), ('m2', 't1', 'u2', 'MEMBER');
insert into "Plan" values ('p1', 'Team', 5);
insert into "Subscription" values ('s1', 't1', 'p1', 'PAST_DUE', 'cus_Nadia', 'sub_Nadia', '2027-02-01', false, null);
