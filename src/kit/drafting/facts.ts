import { type Column, columnsNamed, isBoolean, isText, type Table } from './catalogue.ts';
import { isNonOwnerReference, type Relation, type Relations } from './relations.ts';
import { literal, ref, sql, type TableRef, write } from './sql.ts';
import * as values from './values.ts';
import { type Expression, type Fact, number, text, timestamp, withNote } from './values.ts';
import * as words from './vocabulary.ts';

/** The tables around a person, each where one was found. */
export type FactTables = { person: TableRef } & Record<
  'profile' | 'company' | 'customer' | 'subscription' | 'plan' | 'product',
  TableRef | null
>;

const maxAlternatives = 2;

/** The first of the expressions, and the next as what else it might be. */
function fact(as: string, ...expressions: Expression[]): Fact {
  const distinct = new Map(expressions.toReversed().map((e) => [write(e.value), e]));
  const [chosen = null, ...others] = expressions.filter((e) => distinct.get(write(e.value)) === e);
  return { as, chosen, alternatives: others.slice(0, maxAlternatives) };
}

/** A fact that nothing is certain enough for: the expressions are only offered. */
const offered = (as: string, ...expressions: Expression[]): Fact => ({
  ...fact(as, ...expressions.slice(0, 0)),
  alternatives: expressions.slice(0, maxAlternatives),
});

/** Every column of the account query but the address, in the order in which the sidebar shows them. */
export function factsOf(
  tables: FactTables,
  isOwner: Fact,
  employeeCount: readonly Expression[],
  relations: Relations,
): Fact[] {
  const { person, profile, company, customer, subscription, plan } = tables;
  return [
    fact('person_name', ...personName(person), ...personName(profile), ...signUpName(person)),
    fact('person_timezone', ...text(words.timezone, person, profile)),
    isOwner,
    companyName(tables),
    fact('company_timezone', ...text(words.timezone, company)),
    adminUrl(company ?? person, text(words.adminUrl, company, person)),
    fact('customer_since', ...timestamp(words.customerSince, company, person)),
    planName(tables),
    subscriptionStatus(tables),
    fact(
      'plan_expires_at',
      ...timestamp(words.expiresAt, subscription),
      ...timestamp(words.ownExpiresAt, company, person),
      ...values.timestampInStripeObject(subscription, 'current_period_end'),
    ),
    fact(
      'trial_ends_at',
      ...timestamp(words.trialEndsAt, subscription, company, person),
      ...values.timestampInStripeObject(subscription, 'trial_end'),
    ),
    fact(
      'employee_count',
      ...employeeCount,
      ...withNote(
        number(words.headCount, company),
        'a counter: cheaper, where it is kept up to date',
      ),
    ),
    employeeLimit(tables),
    fact(
      'stripe_customer_id',
      ...text(words.stripeCustomer, subscription, customer, company, person),
      ...values.stripeCustomerId(words.maybeStripeCustomer, customer, company, person),
      ...values.stripeCustomerId([/^customer(id)?$/], subscription),
      ...values.stripeCustomerId([/^id$/], customer),
    ),
    fact(
      'stripe_subscription_id',
      ...text(words.stripeSubscription, subscription, company, person),
      ...values.stripeSubscriptionId(words.maybeStripeSubscription, subscription),
      ...values.stripeSubscriptionId([/^id$/], subscription),
    ),
    fact('modules', ...modules([company, subscription, plan, person], relations)),
    ...ownRows(person),
  ];
}

function personName(table: TableRef | null): Expression[] {
  const [first] = text(words.firstName, table);
  const [last] = text(words.lastName, table);
  const both = first && last && sql`concat_ws(' ', ${first.value}, ${last.value})`;
  return [
    ...text(words.fullName, table),
    ...(both ? [{ value: both, note: null }] : []),
    ...text(words.otherName, table),
    ...(first && !last ? [first] : []),
  ];
}

/** Supabase keeps what people signed up with in a column of its own. */
const signUpName = (person: TableRef): Expression[] =>
  columnsNamed(person.table, [/^rawusermetadata$/]).map((column) => ({
    value: sql`${ref(person, column)} ->> 'full_name'`,
    note: 'what they signed up with',
  }));

function companyName({ company, person, profile }: FactTables): Fact {
  const names = text(words.companyName, company);
  return fact(
    'company_name',
    ...(names.length > 0 ? names : text(words.companyTitle, company)),
    ...text(words.employer, person, profile),
  );
}

function adminUrl({ table, alias }: TableRef, urls: Expression[]): Fact {
  const key = table.columns.find(({ name }) => name === 'id');
  if (urls.length > 0 || !key) return fact('admin_url', ...urls);
  const page = literal(`https://admin.example.com/${table.name}/`);
  const value = sql`${page} || ${ref({ alias }, key)}`;
  return offered('admin_url', { value, note: 'put your own admin’s address' });
}

function planName({ subscription, plan, product, company, person }: FactTables): Fact {
  const names = [
    ...text(words.nameOfPlan, product, plan),
    ...text(words.plan, subscription, company, person),
  ];
  const ids = withNote(
    text(words.priceId, subscription, company),
    'an id, not a name: case … when … then … end makes words of it',
  );
  return fact('plan_name', ...(names.length > 0 ? names : ids));
}

function subscriptionStatus({ subscription, company, person }: FactTables): Fact {
  const found = [
    ...text(words.status, subscription),
    ...text(words.ownStatus, company, person),
    ...values.textInStripeObject(subscription, 'status'),
    ...values.statusOfBoolean(words.isActive, subscription),
  ];
  if (found.length > 0) return fact('subscription_status', ...found);
  const numbers = number(words.status, subscription).map(({ value }) => ({
    value: sql`case ${value} when 0 then 'active' when 1 then 'canceled' end`,
    note: 'a number: put what your code says that it means',
  }));
  return offered('subscription_status', ...numbers);
}

function employeeLimit({ subscription, plan, product, company }: FactTables): Fact {
  const limits = number(words.limit, subscription, plan, product, company);
  if (limits.length > 0) return fact('employee_limit', ...withNote(limits, 'null: no limit'));
  const bought = number(words.quantity, subscription);
  return offered('employee_limit', ...withNote(bought, 'if what is bought are seats'));
}

/** What would be a row of its own: only offered, since the sidebar has little room. */
const ownRows = (person: TableRef): Fact[] =>
  [words.lastSeen, words.suspended].flatMap((names) =>
    columnsNamed(person.table, names)
      .slice(0, 1)
      .map((column) =>
        offered(column.quoted, { value: [ref(person, column)], note: 'a row of its own' }),
      ),
  );

/** The modules as a list in one of the tables, or as rows that belong to one. */
function modules(tables: readonly (TableRef | null)[], relations: Relations): Expression[] {
  const seen = new Set<Table>();
  return tables.flatMap((owner) => {
    if (owner === null) return [];
    const children = relations(owner.table, 'child').filter(
      (relation) =>
        words.moduleTable.test(words.nounOf(relation.to)) &&
        !isNonOwnerReference(relation) &&
        !seen.has(relation.to),
    );
    for (const { to } of children) seen.add(to);
    return [
      ...values.list(words.modules, owner),
      ...children.flatMap((child) => moduleNames(owner, child, relations) ?? []),
    ];
  });
}

function moduleNames(owner: TableRef, child: Relation, relations: Relations): Expression | null {
  const rows = { table: child.to, alias: child.to.quoted };
  // The name may be in the table that the rows refer to.
  const parent = nameOfModule(rows.table)
    ? undefined
    : relations(rows.table, 'parent').find(
        ({ to }) => words.moduleTable.test(words.nounOf(to)) && nameOfModule(to),
      );
  const named = { table: parent?.to ?? rows.table, alias: (parent?.to ?? rows.table).quoted };
  const name = nameOfModule(named.table);
  if (!name) return null;
  const join = parent
    ? sql`\n    join ${named.alias} on ${ref(named, parent.toColumn)} = ${ref(rows, parent.fromColumn)}`
    : '';
  const enabled = columnsNamed(rows.table, words.isEnabled).find(isBoolean);
  const value = sql`array(
    select ${ref(named, name)} from ${rows.alias}${join}
    where ${ref(rows, child.toColumn)} = ${ref(owner, child.fromColumn)}${enabled ? sql` and ${ref(rows, enabled)}` : ''}
    order by 1
  )`;
  return { value, note: null };
}

const nameOfModule = (table: Table): Column | undefined =>
  columnsNamed(table, words.nameOfModule).find((column) => isText(column) || column.isEnum);
