import type { Belonging } from './belonging.ts';
import { columnsLike } from './catalogue.ts';
import type { Fact, Reading } from './draft.ts';
import * as read from './readings.ts';
import { type Kind, type Place, readings, refTo } from './readings.ts';
import { literal, type Sql, sql, write } from './sql.ts';
import * as called from './vocabulary.ts';

/** The tables around a person, each where one was found. */
export type Places = { person: Place } & Record<
  'profile' | 'company' | 'customer' | 'subscription' | 'plan' | 'product',
  Place | null
>;

const mostOthers = 2;

/** The first of the readings, and the next as what else it might be. */
function fact(as: string, ...found: Reading[]): Fact {
  const texts = found.map(({ value }) => write(value));
  const [chosen = null, ...others] = found.filter((_, i) => texts.indexOf(texts[i] ?? '') === i);
  return { as, chosen, others: others.slice(0, mostOthers) };
}

/** What each of the places has under these names. */
const all = (kind: Kind, names: readonly RegExp[], ...places: (Place | null)[]) =>
  places.flatMap((place) => readings(place, kind, names));

const firstOf = (...groups: Reading[][]) => groups.find((group) => group.length > 0) ?? [];

/** Every column of the sidebar but the address, in the order in which it shows them. */
export function factsOf(
  places: Places,
  belonging: Belonging | null,
  modules: readonly Reading[],
): Fact[] {
  const { person, profile, company, subscription } = places;
  return [
    fact('person_name', ...personNames(person), ...personNames(profile), ...metadataName(person)),
    fact('person_timezone', ...all(read.text, called.timezone, person, profile)),
    { as: 'is_owner', chosen: belonging?.owner ?? null, others: belonging?.perhapsOwner ?? [] },
    fact(
      'company_name',
      ...firstOf(
        all(read.text, called.companyName, company),
        all(read.text, called.companyTitle, company),
      ),
      ...all(read.text, called.employer, person, profile),
    ),
    fact('company_timezone', ...all(read.text, called.timezone, company)),
    adminUrl(places),
    fact('customer_since', ...all(read.moment, called.customerSince, company, person)),
    planName(places),
    subscriptionStatus(places),
    fact(
      'plan_expires_at',
      ...all(read.moment, called.expiresAt, subscription),
      ...all(read.moment, called.ownExpiresAt, company, person),
      ...read.inStripeObject(subscription, 'current_period_end', 'moment'),
    ),
    fact(
      'trial_ends_at',
      ...all(read.moment, called.trialEndsAt, subscription, company, person),
      ...read.inStripeObject(subscription, 'trial_end', 'moment'),
    ),
    employeeCount(places, belonging),
    employeeLimit(places),
    stripeCustomer(places),
    stripeSubscription(places),
    fact('modules', ...modules),
    ...worthKnowing(person),
  ];
}

function personNames(place: Place | null): Reading[] {
  if (place === null) return [];
  const [first] = all(read.text, [called.firstName], place);
  const [last] = all(read.text, [called.lastName], place);
  const both: Reading[] =
    first && last ? [{ value: sql`concat_ws(' ', ${first.value}, ${last.value})`, why: null }] : [];
  return [
    ...all(read.text, called.fullName, place),
    ...both,
    ...all(read.text, called.otherName, place),
    ...(first && !last ? [first] : []),
  ];
}

/** Supabase keeps what people signed up with in a column of its own. */
function metadataName({ table, alias }: Place): Reading[] {
  return columnsLike(table, /^rawusermetadata$/).map((column) => ({
    value: sql`${refTo(alias, column)} ->> 'full_name'`,
    why: 'what they signed up with',
  }));
}

function adminUrl({ company, person }: Places): Fact {
  const found = all(read.text, called.adminUrl, company, person);
  if (found.length > 0) return fact('admin_url', ...found);
  const place = company ?? person;
  const key = place.table.columns.find(({ name }) => name === 'id');
  if (!key) return fact('admin_url');
  const page = literal(`https://admin.example.com/${place.table.name}/`);
  const value = sql`${page} || ${refTo(place.alias, key)}`;
  return {
    as: 'admin_url',
    chosen: null,
    others: [{ value, why: 'put your own admin’s address' }],
  };
}

function planName({ subscription, plan, product, company, person }: Places): Fact {
  const described = [product, plan].flatMap((place) => all(read.text, called.nameOfPlan, place));
  const own = all(read.text, called.plan, subscription, company, person);
  const ids = all(read.text, called.priceId, subscription, company).map(({ value }) => ({
    ...{ value, why: 'an id, not a name: case … when … then … end makes words of it' },
  }));
  const named = [...described, ...own];
  return fact('plan_name', ...(named.length > 0 ? named : ids));
}

function subscriptionStatus({ subscription, company, person }: Places): Fact {
  const found = [
    ...all(read.text, called.status, subscription),
    ...all(read.text, called.ownStatus, company, person),
    ...read.inStripeObject(subscription, 'status', 'text'),
    ...all(switchedOn, [/^(is)?active$/], subscription),
  ];
  const numbers = all(read.number, called.status, subscription).map(({ value }) => ({
    value: sql`case ${value} when 0 then 'active' when 1 then 'canceled' end`,
    why: 'a number: put what your code says that it means',
  }));
  return found.length > 0
    ? fact('subscription_status', ...found)
    : { as: 'subscription_status', chosen: null, others: numbers };
}

const switchedOn: Kind = ({ type }, ref) =>
  type === 'bool'
    ? { value: sql`case when ${ref} then 'active' when not ${ref} then 'canceled' end`, why: null }
    : null;

function employeeCount({ company }: Places, belonging: Belonging | null): Fact {
  const counters = all(read.number, called.counted, company).map(({ value }) => ({
    ...{ value, why: 'a counter: cheaper, where it is kept up to date' },
  }));
  const counted: Reading[] = belonging
    ? [{ value: [{ of: 'employed', column: 'employee_count' }], why: null }]
    : [];
  return fact('employee_count', ...counted, ...counters);
}

function employeeLimit({ subscription, plan, product, company }: Places): Fact {
  const found = all(read.number, called.limit, subscription, plan, product, company).map(
    (limit) => ({
      ...limit,
      why: 'null: no limit',
    }),
  );
  const bought = all(read.number, called.quantity, subscription).map(({ value }) => ({
    ...{ value, why: 'if what is bought are seats' },
  }));
  return found.length > 0
    ? fact('employee_limit', ...found)
    : { as: 'employee_limit', chosen: null, others: bought };
}

function stripeCustomer({ subscription, customer, company, person }: Places): Fact {
  const owners = [customer, company, person];
  return fact(
    'stripe_customer_id',
    ...all(read.text, called.stripeCustomer, subscription, ...owners),
    ...all(read.stripeId('cus'), called.perhapsStripeCustomer, ...owners),
    ...all(read.stripeId('cus'), [/^customer(id)?$/], subscription),
    ...all(read.stripeId('cus'), [/^id$/], customer),
  );
}

function stripeSubscription({ subscription, company, person }: Places): Fact {
  return fact(
    'stripe_subscription_id',
    ...all(read.text, called.stripeSubscription, subscription, company, person),
    ...all(read.stripeId('sub'), called.perhapsStripeSubscription, subscription),
    ...all(read.stripeId('sub'), [/^id$/], subscription),
  );
}

/** What would be a row of its own: offered, for the sidebar is short of room. */
function worthKnowing(person: Place): Fact[] {
  return [called.lastSeen, called.closed].flatMap((names) => {
    const [column] = columnsLike(person.table, ...names);
    if (column === undefined) return [];
    const value: Sql = [refTo(person.alias, column)];
    return [{ as: column.quoted, chosen: null, others: [{ value, why: 'a row of its own' }] }];
  });
}
