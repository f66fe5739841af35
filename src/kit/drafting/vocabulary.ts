/**
 * What the columns of a sidebar are called elsewhere: squashed names ("createdAt" and
 * "created_at" are "createdat"), the surest first.
 */

export const fullName = [/^fullname$/, /^name$/, /^(complete|real|person|preferred|contact)name$/];
export const firstName = /^(first|given|fore|f)names?$/;
export const lastName = /^(last|family|sur|l)name$/;
export const otherName = [/^displayname$/, /^nickname$/, /^(username|login|handle)$/];

export const timezone = [
  /^(iana|preferred|default|user|company)?(timezone|tz)(name|id)?$/,
  /^zoneinfo$/,
];

export const companyName = [
  /^displayname$/,
  /^name$/,
  /^(company|organi[sz]ation|account|team|business|workspace|tenant|shop|store)name$/,
  /^legalname$/,
];
/** Where nothing better is there. */
export const companyTitle = [/^title$/, /^slug$/];
/** In a table of people. */
export const employer = [/^(company|organi[sz]ation|employer|business|firm)(name)?$/];

export const adminUrl = [/^(admin|backoffice)(url|link|page)$/];

export const createdAt = [
  /^(created|create|creation|inserted|registered|registration|signedup|signup|joined)(at|on|date|time|timestamp)?$/,
  /^date(joined|created|registered)$/,
];
export const customerSince = [/^(customer|member|client)since$/, ...createdAt];

/** In a table of plans, prices or products. */
export const nameOfPlan = [/^(name|title|nickname|displayname|label)$/, /^(slug|code|key)$/];
/** In a subscription, a company or a person. */
export const plan = [
  /^(subscription|billing|current|price)?(plan|tier|package)(name|title|label|nickname)?$/,
  /^(plan|product|subscription)(name|title|nickname|tier|type|level|slug|code|key)$/,
];
/** Stripe's "price_1Abc…": says little, but more than nothing. */
export const priceId = [
  /^(processor|stripe|paddle|provider)(plan|price|product)(id)?$/,
  /^(plan|price|product)id$/,
];

export const status = [/^(subscription|stripe|billing|stripesubscription|paddle)?(status|state)$/];
/** In a table that is about more than a subscription. */
export const ownStatus = [/^(subscription|stripe|billing|stripesubscription|plan)(status|state)$/];

const until = '(at|on|date|time|until)?';
export const expiresAt = [
  /^(stripe|plan|billing|subscription|stripesubscription)?(current)?period(end|ends)(at|on|date)?$/,
  new RegExp(
    `^(plan|subscription|stripe|license)?(expires?|expiry|expiration|valid|paid|paidthrough|active|renews?|renewal|next(bill|billing|payment|renewal))${until}$`,
  ),
  /^ends?(at|on|date)$/,
];
export const ownExpiresAt = [
  /^currentperiod(end|ends)(at|on|date)?$/,
  /^(stripe|plan|billing|subscription|stripesubscription)(current)?period(end|ends)(at|on|date)?$/,
  new RegExp(
    `^(plan|subscription|license|paid)(expires?|expiry|expiration|valid|ends?|through|renews?|renewal|until)${until}$`,
  ),
];
export const trialEndsAt = [
  /^(free)?trial(period)?(ends?|ended|expires?|expiry|expiration|until|over)(at|on|date)?$/,
];

const heads = '(employee|user|seat|member|staff|teammember|license)s?';
export const limit = [
  new RegExp(`^(max|maximum|limit)(of|number|numberof)?${heads}$`),
  new RegExp(`^${heads}(limit|max|maximum|quota|cap|allowed|allowance|included)$`),
  /^(licensed|included|purchased|total|number|numberof)?seats$/,
];
/** What was bought of anything: seats, or one of the whole product. */
export const quantity = [/^quantity$/];
export const counted = [
  new RegExp(`^${heads}(count|used|total)$`),
  new RegExp(`^(number|num|total)(of)?${heads}$`),
];

export const stripeCustomer = [/^stripecustomer(id|ref|key)?$/];
/** In a table of customers, companies or people. */
export const perhapsStripeCustomer = [
  /^stripeid$/,
  /^(processor|billingcustomer|billing|external|provider)(id|customerid)$/,
];
export const stripeSubscription = [/^stripesubscription(id|ref|key)?$/];
/** In a table of subscriptions. */
export const perhapsStripeSubscription = [
  /^stripeid$/,
  /^(processor|external|provider|gateway)(subscription)?(id)?$/,
  /^subscriptionid$/,
];

export const modules = [
  /^(enabled|active|available)?(modules?|features?|featureflags?|addons?|entitlements?|apps|capabilities|plugins)(enabled|list)?$/,
];
/** In a table of modules. */
export const nameOfModule = [/^(module|feature|addon|name|key|slug|code|title)(name|key)?$/];

export const lastSeen = [
  /^(last|current)(signin|signedin|login|loggedin|seen|active|activity|access)(at|on|date|time)?$/,
];
export const closed = [/^(suspended|blocked|banned|disabled|locked|deactivated)(at|on)?$/];
