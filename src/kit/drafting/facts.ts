import { type Column, columnsNamed, type Table } from './catalogue.ts';
import { isNonOwnerReference, type Relation, type Relations } from './relations.ts';
import { inside, literal, ref, sql, type TableRef, write } from './sql.ts';
import * as values from './values.ts';
import { type Expression, type Fact, text, timestamp } from './values.ts';
import * as words from './vocabulary.ts';

/** The tables around a person, each where one was found. */
export type FactTables = { person: TableRef } & Record<
  'profile' | 'company' | 'customer' | 'subscription' | 'plan' | 'product',
  TableRef | null
>;

const maxAlternatives = 2;

/** The first that is found, and what else it might be; what is `offered` is never chosen. */
function fact(as: string, found: readonly Expression[], offered: Expression[] = []): Fact {
  const texts = found.map(({ value }) => write(value));
  const [chosen = null, ...others] = found.filter((_, i) => texts.indexOf(texts[i] ?? '') === i);
  return { as, chosen, alternatives: (chosen ? others : offered).slice(0, maxAlternatives) };
}

const firstOf = (...groups: Expression[][]) => groups.find((group) => group.length > 0) ?? [];

/** Every column of the account query but the address, in the order of the sidebar. */
export function factsOf(
  tables: FactTables,
  isOwner: Fact | null,
  employeeCount: readonly Expression[],
  relations: Relations,
): Fact[] {
  const { person, profile, company, customer, subscription, plan, product } = tables;
  return [
    fact('person_name', [
      ...personName(person),
      ...personName(profile),
      ...values.signUpName(words.signUpData, person),
    ]),
    fact('person_timezone', text(words.timezone, person, profile)),
    isOwner ?? fact('is_owner', []),
    fact('company_name', [
      ...firstOf(text(words.companyName, company), text(words.companyTitle, company)),
      ...text(words.employer, person, profile),
    ]),
    fact('company_timezone', text(words.timezone, company)),
    fact('admin_url', text(words.adminUrl, company, person), adminPage(company ?? person)),
    fact('customer_since', timestamp(words.customerSince, company, person)),
    fact(
      'plan_name',
      firstOf(
        [
          ...text(words.nameOfPlan, product, plan),
          ...text(words.plan, subscription, company, person),
        ],
        values.planId(words.priceId, subscription, company),
      ),
    ),
    fact(
      'subscription_status',
      [
        ...text(words.status, subscription),
        ...text(words.ownStatus, company, person),
        ...values.statusInCopy(words.stripeObject, subscription),
        ...values.statusOfBoolean(words.isActive, subscription),
      ],
      values.statusOfNumber(words.status, subscription),
    ),
    fact('plan_expires_at', [
      ...timestamp(words.expiresAt, subscription),
      ...timestamp(words.ownExpiresAt, company, person),
      ...values.periodEndInCopy(words.stripeObject, subscription),
    ]),
    ...canceled(subscription),
    fact('trial_ends_at', [
      ...timestamp(words.trialEndsAt, subscription, company, person),
      ...values.trialEndInCopy(words.stripeObject, subscription),
    ]),
    fact('employee_count', [...employeeCount, ...values.counter(words.headCount, company)]),
    fact(
      'employee_limit',
      values.limit(words.limit, subscription, plan, product, company),
      values.quantity(words.quantity, subscription),
    ),
    fact('stripe_customer_id', [
      ...text(words.stripeCustomer, subscription, customer, company, person),
      ...values.stripeCustomerId(words.maybeStripeCustomer, customer, company, person),
      ...values.stripeCustomerId(words.customerId, subscription),
      ...values.stripeCustomerId(words.id, customer),
    ]),
    fact('stripe_subscription_id', [
      ...text(words.stripeSubscription, subscription, company, person),
      ...values.stripeSubscriptionId(words.maybeStripeSubscription, subscription),
      ...values.stripeSubscriptionId(words.id, subscription),
    ]),
    fact('modules', modules([company, subscription, plan, person], relations)),
    // What would be a row of its own is only offered, since the sidebar has little room.
    ...[words.lastSeen, words.suspended].flatMap((names) => {
      const [column] = columnsNamed(person.table, names);
      if (!column) return [];
      return fact(column.quoted, [], [{ value: [ref(person, column)], note: 'a row of its own' }]);
    }),
  ];
}

/** Only where there are such columns: without them, nothing is missing. */
function canceled(subscription: TableRef | null): Fact[] {
  const atPeriodEnd = [
    ...values.flag(words.cancelAtPeriodEnd, subscription),
    ...values.cancelAtPeriodEndInCopy(words.stripeObject, subscription),
  ];
  const at = [
    ...values.firstOf(
      timestamp(words.endedAt, subscription),
      timestamp(words.cancelsAt, subscription),
    ),
    ...values.cancelsAtInCopy(words.stripeObject, subscription),
  ];
  return [
    ...(atPeriodEnd.length > 0 ? [fact('cancel_at_period_end', atPeriodEnd)] : []),
    ...(at.length > 0 ? [fact('cancels_at', at)] : []),
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

function adminPage(of: TableRef): Expression[] {
  const key = of.table.columns.find(({ name }) => name === 'id');
  const page = literal(`https://admin.example.com/${of.table.name}/`);
  const note = "put your own admin's address";
  return key ? [{ value: sql`${page} || ${ref(of, key)}`, note }] : [];
}

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
  const rows = child.to;
  // The name may be in the table that the rows refer to.
  const parent = nameOfModule(rows)
    ? undefined
    : relations(rows, 'parent').find(
        ({ to }) => words.moduleTable.test(words.nounOf(to)) && nameOfModule(to),
      );
  const named = parent?.to ?? rows;
  const name = nameOfModule(named);
  if (!name) return null;
  const join = parent
    ? `\n    join ${named.quoted} on ${inside(named, parent.toColumn)} = ${inside(rows, parent.fromColumn)}`
    : '';
  const [enabled] = columnsNamed(rows, words.isEnabled, 'boolean');
  const value = sql`array(
    select ${inside(named, name)} from ${rows.quoted}${join}
    where ${inside(rows, child.toColumn)} = ${ref(owner, child.fromColumn)}${enabled ? ` and ${inside(rows, enabled)}` : ''}
    order by 1
  )`;
  return { value, note: null };
}

const nameOfModule = (table: Table): Column | undefined =>
  columnsNamed(table, words.nameOfModule).find((column) => ['text', 'enum'].includes(column.kind));
