import { UsageError } from '../command-line.ts';
import {
  defaultFirst,
  describeBilling,
  itemsOf,
  planOf,
  rankBilling,
  runningFirst,
} from './billing.ts';
import { type Note, notesOnChoice, rankBy } from './candidates.ts';
import { type Catalogue, columnsNamed, isUnique, nameOf, type Table } from './catalogue.ts';
import { describeCompany, rankCompanies } from './company.ts';
import { factsOf } from './facts.ts';
import { type Join, Joins, type MissingIndex } from './joins.ts';
import { countEmployees, joinCompanies } from './members.ts';
import { type FindPeople, findPeople, type People } from './people.ts';
import type { Relation, Relations } from './relations.ts';
import type { TableRef } from './sql.ts';
import type { Fact } from './values.ts';
import * as words from './vocabulary.ts';

/** What the user must change to get a draft, as a sentence. */
export class DraftError extends UsageError {}

/** Everything that was decided, with the reasons. */
export type Draft = Omit<FindPeople, 'missingIndex'> &
  Readonly<{
    database: string;
    notes: readonly Note[];
    facts: readonly Fact[];
    joins: readonly Join[];
    missingIndexes: readonly MissingIndex[];
  }>;

/**
 * Decides which columns around `people` give the sidebar's facts. `wanted` is the table of the
 * companies, where the user named one.
 */
export function draftAround(
  people: People,
  wanted: Table | null,
  { tables, database, role }: Catalogue,
  relations: Relations,
): Draft {
  const joins = new Joins();
  const person = joins.refer(people.table);
  const { missingIndex, ...start } = findPeople(people, person);
  if (missingIndex) joins.missingIndexes.push(missingIndex);
  const profile = joins.follow(profileOf(people.table, relations), person, 'one of each');

  const companies = rankCompanies(people.table, tables, wanted, relations);
  const [found] = companies;
  if (wanted && !found)
    throw new DraftError(
      `--company ${nameOf(wanted)} has no way from ${nameOf(people.table)}: no column of theirs refers to it, nor does a table of members to both`,
    );
  const company = found ? joins.refer(found.table) : null;
  const belonging = found && company && { ...found, person, company };
  const isOwner = belonging ? joinCompanies(belonging, joins, relations) : null;

  const payers = { company: company?.table ?? null, person: people.table };
  const ways = rankBilling(payers, relations);
  const [billing] = ways;
  const payer = billing?.of === 'company' ? company : person;
  // A subscription may belong to the payer directly, beside a customer at Stripe.
  const beside = ways.find(({ of, subscription }) => of === billing?.of && !subscription);
  const toCustomer = billing?.customer ?? beside?.customer;
  const customer = joins.follow(toCustomer, payer, 'the customer at Stripe', defaultFirst);
  const subscriber = billing?.customer ? customer : payer;
  const toSubscription = billing?.subscription;
  const subscription = joins.follow(toSubscription, subscriber, 'the subscription', runningFirst);
  const toItem =
    subscription && !planFrom(subscription, relations) && itemsOf(subscription.table, relations);
  const item = joins.follow(toItem || null, subscription, 'what is subscribed to');
  const planned = [item, subscription, company, person].find((table) => planFrom(table, relations));
  const plan = joins.follow(planFrom(planned, relations), planned ?? null, 'the plan');
  const toProduct = planFrom(plan, relations);
  const isPlanned = toProduct?.to === planned?.table;
  const product = isPlanned ? null : joins.follow(toProduct, plan, 'the product');
  const employeeCount = belonging ? countEmployees(belonging, joins, relations) : [];

  const alternatives = ways.filter((way) => way === billing || way.subscription || !toSubscription);
  const factTables = { person, profile, company, customer, subscription, plan, product };
  const used = [people.table, people.addressBook?.table, ...joins.list.map(tableOf)];
  return {
    database,
    ...start,
    facts: [
      { as: 'email', chosen: { value: [start.email], note: null }, alternatives: [] },
      ...factsOf(factTables, isOwner, employeeCount, relations),
    ],
    joins: joins.list,
    missingIndexes: joins.missingIndexes,
    notes: [
      ...notesOnChoice('people', [describePeople(people)], ''),
      ...notesOnChoice('company', companies.map(describeCompany), noCompany),
      ...notesOnChoice('billing', alternatives.map(describeBilling), noBilling),
      ...tables
        .filter((table) => table.hasRowSecurity && used.includes(table))
        .map((table): Note => {
          const text = `Row-level security hides rows of ${nameOf(table)} from ${role}.`;
          return { kind: 'please check', about: nameOf(table), text };
        }),
    ],
  };
}

const noCompany = 'none found: people pay for themselves';
const noBilling = 'no table of subscriptions found';

const planFrom = (table: TableRef | null | undefined, relations: Relations) =>
  table ? planOf(table.table, relations) : null;

const tableOf = (join: Join) => ('table' in join ? join.table : undefined);

const describePeople = ({ table, reasons }: People) =>
  [nameOf(table), ...(reasons.length > 0 ? [reasons.join(', ')] : [])].join(': ');

/** A table with one row for each person that has what the people's own lacks. */
function profileOf(people: Table, relations: Relations): Relation | undefined {
  const has = (table: Table, names: words.Names) => columnsNamed(table, names).length > 0;
  const names = [...words.fullName, ...words.firstName];
  const lacksName = !has(people, names);
  const lacksZone = !has(people, words.timezone);
  const worth = ({ to }: Relation) =>
    (lacksName && has(to, [...names, /^displayname$/]) ? 2 : 0) +
    (lacksZone && has(to, words.timezone) ? 1 : 0);
  const profiles = relations(people, 'child').filter(
    (relation) =>
      relation.polymorphic === null &&
      isUnique(relation.to, relation.toColumn) &&
      words.profileTable.test(words.nounOf(relation.to)) &&
      worth(relation) > 0,
  );
  return rankBy(profiles, worth, ({ isForeignKey }) => isForeignKey)[0];
}
