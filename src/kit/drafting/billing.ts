import { type Column, columnsLike, nameOf, type Table } from './catalogue.ts';
import { nounOf, squash } from './names.ts';
import { type Hop, isAside, isTextual, type Relations } from './relations.ts';
import * as called from './vocabulary.ts';

/** How to get from a company or a person to what they pay for. */
export type Billing = {
  of: 'company' | 'person';
  /** Stripe's customer, where that is a table of its own. */
  customer: Hop | null;
  subscription: Hop | null;
  score: number;
};

const subscriptionNouns: readonly (readonly [RegExp, number])[] = [
  [
    /push|e?mail|webhook|event|newsletter|notif|topic|histor|log$|item$|schedule|feed|channel|thread|usage|invoice|charge|payment/,
    -20,
  ],
  [/subscription$/, 10],
  [/(stripe|billing|license|accountplan|companyplan|userplan|teamplan)$/, 5],
];
const customerNouns = /(customer|billing|billingaccount|payer|stripeuser|stripeaccount|stripe)$/;

/** The ways to a subscription or a customer, the likeliest first. */
export function rankBilling(
  owners: { company: Table | null; person: Table },
  relations: Relations,
): Billing[] {
  const found = (['company', 'person'] as const).flatMap((of) => {
    const table = owners[of];
    return table === null ? [] : billingOf(of, table, owners, relations);
  });
  return found.sort((a, b) => b.score - a.score);
}

function billingOf(
  of: Billing['of'],
  owner: Table,
  owners: { company: Table | null; person: Table },
  relations: Relations,
): Billing[] {
  const isOwner = (table: Table) => table === owners.company || table === owners.person;
  const bonus = of === 'company' ? 3 : 0;
  const ways = (from: Table) => relations(from).filter((hop) => !isOwner(hop.to) && !isAside(hop));
  return ways(owner).flatMap((hop): Billing[] => {
    const found: Billing[] = [];
    const score = subscriptionScore(hop);
    if (score > 0) found.push({ of, customer: null, subscription: hop, score: score + bonus });
    if (!isCustomer(hop.to)) return found;
    if (customerColumns(hop.to).length > 0)
      found.push({ of, customer: hop, subscription: null, score: 4 + bonus + sureness(hop) });
    for (const next of ways(hop.to)) {
      const nextScore = next.to === hop.to || next.kind ? 0 : subscriptionScore(next);
      if (nextScore > 0)
        found.push({
          ...{ of, customer: hop, subscription: next },
          // The shorter way wins where there are two.
          score: nextScore + bonus + sureness(hop) - 3,
        });
    }
    return found;
  });
}

const isCustomer = (table: Table) => customerNouns.test(nounOf(table.name));

/** A foreign key is surer than a likeness of names, and that than a guess. */
const sureness = ({ isDeclared, kind }: Hop) => (isDeclared ? 2 : kind ? 1 : 0);

/** A name alone does not make a subscription: it has a status, a plan, an end. */
function subscriptionScore(hop: Hop): number {
  const noun = subscriptionNouns.find(([name]) => name.test(nounOf(hop.to.name)))?.[1] ?? 0;
  const { to } = hop;
  const facts = [
    [...called.status, /^(is)?active$/],
    [...called.plan, ...called.priceId, /^(plan|price|product)id$/],
    called.expiresAt,
    called.trialEndsAt,
    [...called.stripeSubscription, ...called.perhapsStripeSubscription],
    called.stripeCustomer,
    [/^(stripedata|object|attrs)$/],
  ].filter((names) => columnsLike(to, ...names).length > 0).length;
  const isPaid =
    noun >= 5 || (noun >= 0 && columnsLike(to, ...called.stripeSubscription).length > 0);
  if (!isPaid || facts < 2) return 0;
  return noun + facts + sureness(hop) - (to.isView ? 1 : 0) - (to.rows === 0 ? 1 : 0);
}

export function customerColumns(table: Table): Column[] {
  const names = [...called.stripeCustomer, ...called.perhapsStripeCustomer];
  if (/stripe/.test(nounOf(table.name))) names.push(/^id$/);
  return columnsLike(table, ...names).filter(({ type }) => isTextual(type));
}

/** Where the plan, the price or the product of a row is described. */
export function planOf(table: Table, relations: Relations): Hop | null {
  return (
    relations(table)
      .filter(
        (hop) =>
          hop.by === hop.outer && /(plan|tier|price|product|package)$/.test(nounOf(hop.to.name)),
      )
      .filter((hop) => !/histor|log$/.test(squash(hop.to.name)))
      .sort((a, b) => sureness(b) - sureness(a) || nameOf(a.to).localeCompare(nameOf(b.to)))[0] ??
    null
  );
}
