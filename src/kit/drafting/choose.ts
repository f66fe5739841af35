import { findByAddress } from './address.ts';
import { belongingOf } from './belonging.ts';
import { bestCustomer, bestSubscription } from './best.ts';
import { planOf, rankBilling } from './billing.ts';
import { type Catalogue, columnsLike, isUnique, nameOf, type Table } from './catalogue.ts';
import { rankCompanies } from './company.ts';
import { describeBilling, describeCompany, describePeople } from './describe.ts';
import type { Draft } from './draft.ts';
import { factsOf } from './facts.ts';
import { type Gathering, gather } from './gather.ts';
import { chooseModules } from './modules.ts';
import { nounOf } from './names.ts';
import type { People } from './people.ts';
import type { Place } from './readings.ts';
import type { Hop, Relations } from './relations.ts';
import { countStaff, staffOf } from './staff.ts';
import * as called from './vocabulary.ts';

/**
 * Decides which columns around `people` tell the sidebar's facts. `wanted` is the table of the
 * companies, where the reader knows better.
 */
export function choose(
  catalogue: Catalogue,
  relations: Relations,
  people: People,
  wanted: Table | null,
): Draft {
  const gathering = gather();
  const { sources, missingIndexes, placeOf, needIndex, follow } = gathering;

  const person = placeOf(people.table);
  const { missing, ...byAddress } = findByAddress(people, person);
  if (missing) missingIndexes.push(missing);
  const profile = follow(sideTable(people.table, relations), person, 'one of each');

  const companies = rankCompanies(people.table, catalogue.tables, wanted, relations);
  const chosen = companies[0] ?? null;
  const company = chosen && placeOf(chosen.table);
  const ends = company && { company: chosen, person, place: company };
  const belonging = ends && belongingOf(ends, placeOf, relations);
  sources.push(...(belonging?.sources ?? []));
  if (chosen?.membership)
    needIndex(chosen.membership.table, chosen.membership.person, 'the companies of a person');
  if (chosen?.owner) needIndex(chosen.table, chosen.owner.own, 'the companies of an owner');

  const ways = rankBilling({ company: chosen?.table ?? null, person: people.table }, relations);
  const billing = ways[0] ?? null;
  const payer = billing?.of === 'company' ? company : person;
  const alsoCustomer = ways.find(({ of, subscription }) => of === billing?.of && !subscription);
  const customerHop = billing?.customer ?? alsoCustomer?.customer ?? null;
  const customer = follow(customerHop, payer, 'the customer at Stripe', bestCustomer);
  const subscriber = billing?.customer ? customer : payer;
  const subscriptionHop = billing?.subscription ?? null;
  const subscription = follow(subscriptionHop, subscriber, 'the subscription', bestSubscription);
  const { plan, product } = plansOf([subscription, company, person], relations, gathering);

  const staff = chosen && staffOf(chosen, people.table, relations);
  if (staff && company) {
    sources.push(countStaff(staff, company));
    needIndex(staff.table, staff.by, 'the number of employees');
  }

  const rivals = ways.filter((way) => way === billing || way.subscription || !subscriptionHop);
  const places = { person, profile, company, customer, subscription, plan, product };
  const modules = chooseModules([company, subscription, plan, person], relations);
  const read = new Set([people.table, people.apart?.table, ...sources.map(tableOf)]);
  return {
    database: catalogue.database,
    findings: [
      { about: 'people', text: describePeople(people) },
      ...inWords(
        'company',
        companies.map(describeCompany),
        'none found: people pay for themselves',
      ),
      ...inWords('billing', rivals.map(describeBilling), 'no table of subscriptions found'),
    ],
    warnings: catalogue.tables
      .filter((table) => table.hidesRows && read.has(table))
      .map((table) => `Row-level security hides rows of ${nameOf(table)} from ${catalogue.role}.`),
    ...byAddress,
    facts: [
      { as: 'email', chosen: { value: [byAddress.email], why: null }, others: [] },
      ...factsOf(places, belonging, modules),
    ],
    ...{ sources, missingIndexes },
  };
}

const tableOf = (source: Draft['sources'][number]) =>
  'table' in source ? source.table : undefined;

const mostOthers = 2;

/** What was chosen, and what else might have been. */
function inWords(about: string, found: readonly string[], none: string): Draft['findings'] {
  const [chosen = none, ...others] = new Set(found);
  const perhaps = others.slice(0, mostOthers).map((text) => ({ about: '', text: `or ${text}` }));
  return [{ about, text: chosen }, ...perhaps];
}

/** The plan of the first that has one, and the product that a price may be of. */
function plansOf(places: (Place | null)[], relations: Relations, { follow }: Gathering) {
  const from = places.find((place) => place && planOf(place.table, relations)) ?? null;
  const plan = follow(from && planOf(from.table, relations), from, 'the plan');
  const hop = plan && planOf(plan.table, relations);
  const product = hop?.to === from?.table ? null : follow(hop, plan, 'the product');
  return { plan, product };
}

/** A table with one row for each person, that knows what the people's own does not. */
function sideTable(people: Table, relations: Relations): Hop | null {
  const knows = (table: Table, names: readonly RegExp[]) => columnsLike(table, ...names).length > 0;
  const lacksName = !knows(people, [...called.fullName, called.firstName]);
  const lacksZone = !knows(people, called.timezone);
  const worth = ({ to }: Hop) =>
    (lacksName && knows(to, [...called.fullName, called.firstName, /^displayname$/]) ? 2 : 0) +
    (lacksZone && knows(to, called.timezone) ? 1 : 0);
  return (
    relations(people)
      .filter((hop) => hop.kind === null && isUnique(hop.to, hop.own) && hop.by === hop.own)
      .filter(({ to }) =>
        /(profile|option|setting|detail|preference|info|user|person|account)$/.test(
          nounOf(to.name),
        ),
      )
      .filter((hop) => worth(hop) > 0)
      .sort((a, b) => worth(b) - worth(a) || Number(b.isDeclared) - Number(a.isDeclared))[0] ?? null
  );
}
