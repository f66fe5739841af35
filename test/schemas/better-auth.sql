-- Resembles better-auth 1.7 with its organization and Stripe plugins: reserved words for names, and a
-- subscription that refers to whom it may concern without a foreign key.

create table "user" (
  "id"               text primary key,
  "name"             text not null,
  "email"            text not null unique,
  "emailVerified"    boolean not null,
  "stripeCustomerId" text,
  "createdAt"        timestamptz not null default now()
);
create table "session" ("id" text primary key, "token" text not null unique, "userId" text not null references "user", "activeOrganizationId" text);
create index on "session" ("userId");
create table "account" ("id" text primary key, "accountId" text not null, "providerId" text not null, "userId" text not null references "user", "password" text);
create index on "account" ("userId");
create table "organization" (
  "id"               text primary key,
  "name"             text not null,
  "slug"             text not null unique,
  "stripeCustomerId" text,
  "metadata"         text,
  "createdAt"        timestamptz not null
);
create table "member" (
  "id"             text primary key,
  "organizationId" text not null references "organization",
  "userId"         text not null references "user",
  "role"           text not null,
  "createdAt"      timestamptz not null
);
create index on "member" ("organizationId");
create index on "member" ("userId");
create table "invitation" ("id" text primary key, "organizationId" text not null references "organization", "email" text not null, "inviterId" text not null references "user");
create index on "invitation" ("organizationId");
create index on "invitation" ("email");
create table "subscription" (
  "id"                   text primary key,
  "plan"                 text not null,
  "referenceId"          text not null,
  "stripeCustomerId"     text,
  "stripeSubscriptionId" text,
  "status"               text not null,
  "periodEnd"            timestamptz,
  "trialEnd"             timestamptz,
  "cancelAtPeriodEnd"    boolean,
  "cancelAt"             timestamptz,
  "endedAt"              timestamptz,
  "seats"                integer
);

insert into "user" values ('u1', 'Bea Better', 'bea@example.com', true, null, '2025-01-01Z');
insert into "organization" values ('o1', 'Better Org', 'better', 'cus_Bea', null, '2025-01-02Z');
insert into "member" values ('m1', 'o1', 'u1', 'owner,admin', '2025-01-02Z');
insert into "subscription" values ('s1', 'team', 'o1', 'cus_Bea', 'sub_Bea', 'trialing', '2027-01-01Z', '2026-12-01Z', false, null, null, 10);
