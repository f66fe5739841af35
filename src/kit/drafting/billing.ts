import { addUp, rankBy } from './candidates.ts';
import { columnsNamed, nameOf, type Table } from './catalogue.ts';
import { confidence, isNonOwnerReference, type Relation, type Relations } from './relations.ts';
import { concat, literal, ref, type Sql, sql, type TableRef } from './sql.ts';
import * as words from './vocabulary.ts';

/** How to get from a company or a person to what they pay for. */
export type Billing = {
  of: 'company' | 'person';
  /** Stripe's customer, where that is a table of its own. */
  customer: Relation | null;
  subscription: Relation | null;
  score: number;
};

type Payers = { company: Table | null; person: Table };

/** The relations that lead to a subscription or to Stripe's customer, the likeliest first. */
export function rankBilling(payers: Payers, relations: Relations): Billing[] {
  const found = (['company', 'person'] as const).flatMap((of) => {
    const bonus = of === 'company' ? 3 : 0;
    return billingOf(payers[of], payers, relations).map(({ score, ...billing }) => ({
      ...{ of, ...billing, score: score + bonus },
    }));
  });
  return rankBy(found, ({ score }) => score);
}

function billingOf(payer: Table | null, payers: Payers, relations: Relations) {
  const relationsOf = (from: Table) =>
    relations(from).filter(
      (relation) =>
        relation.to !== payers.company &&
        relation.to !== payers.person &&
        !isNonOwnerReference(relation),
    );
  if (payer === null) return [];
  return relationsOf(payer).flatMap((relation): Omit<Billing, 'of'>[] => {
    const own = subscriptionScore(relation);
    const found = own > 0 ? [{ customer: null, subscription: relation, score: own }] : [];
    if (!words.stripeCustomerTable.test(words.nounOf(relation.to))) return found;
    const toCustomer = { customer: relation, score: confidence(relation) };
    const customers = hasCustomerId(relation.to)
      ? [{ ...toCustomer, subscription: null, score: 4 + toCustomer.score }]
      : [];
    const further = relationsOf(relation.to)
      .filter(({ to, polymorphic }) => to !== relation.to && polymorphic === null)
      .map((subscription) => ({ subscription, score: subscriptionScore(subscription) }))
      .filter(({ score }) => score > 0)
      // The shorter of two ways wins.
      .map((next) => ({ ...toCustomer, ...next, score: next.score + toCustomer.score - 3 }));
    return [...found, ...customers, ...further];
  });
}

/** A name alone does not make a subscription: it has a status, a plan, an end. */
function subscriptionScore(relation: Relation): number {
  const { to } = relation;
  const has = (...names: words.Names) => columnsNamed(to, names).length > 0;
  const noun = words.weightOf(words.nounOf(to), words.subscriptionTable);
  const facts = [
    has(...words.status, ...words.isActive),
    has(...words.plan, ...words.priceId),
    has(...words.expiresAt),
    has(...words.trialEndsAt),
    has(...words.stripeSubscription, ...words.maybeStripeSubscription),
    has(...words.stripeCustomer),
    // Status, end and trial in one.
    ...Array(3).fill(stripeCopy(to) !== undefined),
  ].filter(Boolean).length;
  const isPaid = noun >= 5 || (noun >= 0 && has(...words.stripeSubscription));
  if (!isPaid || facts < 2) return 0;
  return addUp([true, noun + facts + confidence(relation)], [to.isView, -1], [to.rows === 0, -1])
    .score;
}

const stripeCopy = (table: Table) => columnsNamed(table, words.stripeObject, 'jsonb')[0];

function hasCustomerId(table: Table): boolean {
  const names = [...words.stripeCustomer, ...words.maybeStripeCustomer];
  if (/stripe/.test(words.nounOf(table))) names.push(/^id$/);
  return columnsNamed(table, names, 'text').length > 0;
}

/** Where the plan, the price or the product of a row is described. */
export function planOf(table: Table, relations: Relations): Relation | null {
  const plans = relations(table, 'parent').filter(
    ({ to }) =>
      words.planTable.test(words.nounOf(to)) && !/histor|log$/.test(words.normalize(to.name)),
  );
  return rankBy(plans, confidence, ({ to }) => nameOf(to))[0] ?? null;
}

/** The rows that say what a subscription is for, where it does not say so itself. */
export function itemsOf(table: Table, relations: Relations): Relation | null {
  const items = relations(table, 'child').filter(
    ({ to, isForeignKey }) =>
      isForeignKey && words.itemTable.test(words.nounOf(to)) && planOf(to, relations) !== null,
  );
  return rankBy(items, ({ to }) => nameOf(to))[0] ?? null;
}

/** The running subscription first, then the newest. */
export function runningFirst(subscription: TableRef): Sql {
  const [status] = columnsNamed(subscription.table, words.status);
  const copy = stripeCopy(subscription.table);
  const value = status
    ? ref(subscription, status)
    : copy && sql`${ref(subscription, copy)} ->> 'status'`;
  const running = status?.allowedValues.filter((value) => words.runningStatus.test(value)) ?? [];
  const isRunning =
    value && running.length > 0
      ? sql`${value} in (${running.map(literal).join(', ')}) desc`
      : value && (!status || status.kind === 'text')
        ? sql`lower(${value}) in ('active', 'trialing', 'past_due') desc`
        : null;
  const newest = newestFirst(subscription, [...words.createdAt, ...words.expiresAt]);
  return concat([isRunning, newest], ',\n  ');
}

/** The default customer first, then the newest. */
export function defaultFirst(customer: TableRef): Sql {
  const [isDefault] = columnsNamed(customer.table, words.isDefault, 'boolean');
  return concat(
    [
      isDefault ? sql`${ref(customer, isDefault)} desc nulls last` : null,
      newestFirst(customer, words.createdAt),
    ],
    ',\n  ',
  );
}

function newestFirst(table: TableRef, names: words.Names): Sql | null {
  const [newest] = columnsNamed(table.table, names);
  return newest ? sql`${ref(table, newest)} desc nulls last` : null;
}

/** The way from the payer to the subscription, for the draft's head. */
export function describeBilling({ of, customer, subscription }: Billing): string {
  const way = [customer, subscription].filter((relation) => relation !== null);
  const guessed = way
    .filter(({ isForeignKey }) => !isForeignKey)
    .map(({ reference, polymorphic }) =>
      polymorphic ? `${polymorphic.column.name} and ${reference.name}` : reference.name,
    );
  const tables = way.map(({ to }) => nameOf(to)).join(', then ');
  return `${tables}, of the ${of}${guessed.length > 0 ? ` (no foreign key; going by the name of ${guessed.join(', ')})` : ''}`;
}
