import { looksSensitive } from '../../postgres/columns.ts';

/** "createdAt", "created_at" and "CREATED AT" are one name: "createdat". */
export const normalize = (name: string) => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

/** The words of a name in lower case: "currentTeamId" and "current_team_id" are current, team, id. */
export const wordsOf = (name: string) =>
  name
    .replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1_$2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');

/** "companies" → "company". Good enough for the nouns that tables are named after. */
export function singular(word: string): string {
  if (word.endsWith('people')) return word.replace(/people$/, 'person');
  if (word.endsWith('ies')) return word.replace(/ies$/, 'y');
  if (/(ss|x|ch|sh|us)es$/.test(word)) return word.slice(0, -2);
  return /[^su]s$/.test(word) ? word.slice(0, -1) : word;
}

/** A table's name, normalized and in the singular: "account_users" → "accountuser". */
export const nounOf = ({ name }: { name: string }) => singular(normalize(name));

/** The class that Rails and Laravel make of a table: "line_items" → "LineItem". */
export function classOf({ name }: { name: string }): string {
  const words = wordsOf(name);
  return [...words.slice(0, -1), singular(words.at(-1) ?? '')]
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

/** Wider than what the server refuses: a draft can do without a column that only may be secret. */
const secret =
  /passw|passphrase|pwd|token|hash|secret|api_?key|access_?key|private_?key|digest|salt|cipher|crypt|bidx|credential|otp_|totp|recovery|nonce|ssn|iban|cvv|cvc/i;

export const isSecret = (name: string) => secret.test(name) || looksSensitive(name);

/** What a name counts as evidence: the first pattern that matches decides. */
export type Weights = readonly (readonly [pattern: RegExp, points: number])[];

export const weightOf = (name: string, weights: Weights) =>
  weights.find(([pattern]) => pattern.test(name))?.[1] ?? 0;

/** Names of tables, as `nounOf` gives them. */

export const personTable: Weights = [
  [/^(admin|staff|super|support|internal|backoffice|system|root)/, -4],
  [/^(auth|app|site|core|portal|accounts)?user$/, 12],
  [/user(account|entity|record)?$/, 9],
  [/person$/, 9],
  [/(customer|member|client|subscriber|login)$/, 7],
  [/(profile|account)$/, 5],
  [/(identity|partner|employee|contact|student|owner)$/, 3],
];

/** Tables that have addresses, but not of people who have an account. */
export const notPersonTable =
  /invit|log$|audit|event|histor|version|archive|messag|newsletter|campaign|template|lead|prospect|waitlist|webhook|session|ticket|comment|order|invoice|payment|charge|refund|transaction|request|temp$|tmp|backup|^old|staging|import|export|block|bann|stripe|paddle|^pay|billing|suppress|bounce|screened|unsubscri|reset|confirm|verif|notif|setting|config|job|queue|attempt|push|feedback|referral|coupon|domain|access/;

export const notPersonSchema =
  /^(storage|realtime|vault|cron|net|graphql|extensions|archive|backup)$/;

export const addressTable = /(e?mail(address)?|identity|login|credential|contactpoint)$/;
/** Tables about a person, one row each. */
export const profileTable = /(profile|option|setting|detail|preference|info|user|person|account)$/;
export const employeeTable = /(employee|worker|staffmember)$/;

/** What people who pay together are called. Some of these words are other things elsewhere. */
export const companyTable: Weights = [
  [/(social|oauth|bank|e?mail|external|linked|provider)account$|partnerorg/, 0],
  [/(billing|stripe|service|sub|ledger)account$/, 0],
  [/(company|organi[sz]ation|org)$/, 10],
  [/(tenant|workspace)$/, 9],
  [/(account|team|business|firm)$/, 8],
  [/(agency|clinic|school|practice|shop|store|merchant|studio|institution)$/, 7],
  [/(customer|client|site)$/, 5],
  [/(project|namespace|realm|partner|household|family|space)$/, 4],
  [/group$/, 2],
];
/** Neither a company nor a membership in one. */
export const notCompanyTable =
  /invit|log$|audit|event|histor|version|setting|config|request|template|type$|role$|status$/;
export const invitee = /invitee/;
export const membershipTable =
  /member(ship)?s?$|seat$|employment|employee$|staff|collaborator|teammate|participant|profile$|user(role)?$/;

export const subscriptionTable: Weights = [
  [/push|e?mail|webhook|event|newsletter|notif|topic|histor|log$|item$|schedule/, -20],
  [/feed|channel|thread|usage|invoice|charge|payment/, -20],
  [/subscription$/, 10],
  [/(stripe|billing|license|accountplan|companyplan|userplan|teamplan)$/, 5],
];
export const stripeCustomerTable =
  /(customer|billing|billingaccount|payer|stripeuser|stripeaccount|stripe)$/;
export const itemTable = /subscription(line)?item$/;
export const planTable = /(plan|tier|price|product|package)$/;
export const moduleTable = /(module|feature|featureflag|addon|entitlement|capability)$/;

/** Names of references between tables, normalized. */

/** "invited_by_id" and "current_team_id" refer to rows, but do not say whose a row is. */
export const nonOwnerReference =
  /by(user)?(id|uuid)?$|invit|creator|sender|approv|author|assign|updat|delet|parent|referr|current|default|last|previous|latest|impersonat|support|manager/;
/** What bills and memberships call their owner, who may be in one or another table. */
export const anyOwnerReference =
  /^(owner|reference|subscriber|billable|payer|entity|referencable|subscribable)(user)?(id|uuid)?$/;
export const companyOwnerReference =
  /^(owner|owneruser|primaryowner|accountowner|user|admin|founder|createdby)(id|uuid)?$/;

/** Names of columns, normalized, the most reliable first. */

export type Names = readonly RegExp[];

export const names = (...patterns: string[]) => patterns.map((text) => new RegExp(`^(${text})$`));

export const address: Weights = [
  [/^(email|mail)(address|addr)?$/, 10],
  [/^(primary|login|user|work|account|contact|person|member|customer)e?mail(address)?$/, 7],
  [/^(canonical|normali[sz]ed|lower)e?mail(address)?$/, 7],
  [/e?mail(address|canonical|normali[sz]ed|lower|lowercase)?$/, 2],
];
export const addressVerified = names('(is)?(confirmed|verified)(at|on)?');

export const fullName = names('fullname', 'name', '(complete|real|person|preferred|contact)name');
export const firstName = names('(first|given|fore|f)names?');
export const lastName = names('(last|family|sur|l)name');
export const otherName = names('displayname', 'nickname', '(username|login|handle)');

export const timezone = names(
  '(iana|preferred|default|user|company)?(timezone|tz)(name|id)?',
  'zoneinfo',
);

export const companyName = names(
  'displayname',
  'name',
  '(company|organi[sz]ation|account|team|business|workspace|tenant|shop|store)name',
  'legalname',
);
/** Where a company has no other name. */
export const companyTitle = names('title', 'slug');
/** In a table of people. */
export const employer = names('(company|organi[sz]ation|employer|business|firm)(name)?');

export const ownerFlag = names('(is)?(primary|account|company|team)?owner');
export const role = names(
  '(member|user|team|account|organi[sz]ation|workspace|company|base)?(role|level)(name)?',
  '(type|kind|accesslevel|permission)',
);
export const ownerRole = /^(super|account|team|company|org\w*|workspace)?_?owner$/i;
export const adminRole = /^admin(istrator)?$/i;
export const roleName = names('(name|key|slug|code)');

export const adminUrl = names('(admin|backoffice)(url|link|page)');

export const createdAt = names(
  '(created|create|creation|inserted|registered|registration|signedup|signup|joined)(at|on|date|time|timestamp)?',
  'date(joined|created|registered)',
);
export const customerSince = [...names('(customer|member|client)since'), ...createdAt];

export const deletedAt = names(
  '(is)?(deleted|delete|removed|discarded|destroyed|trashed)(at|on|date)?',
);
/** In a table of memberships. */
export const leftAt = names('(is)?left(at|on)?');
/** In a table of employees or members. */
export const employmentEnded = names(
  '(is)?(left|terminated|ended|end|dismissed|departed)(at|on|date)',
);

/** In a table of plans, prices or products. */
export const nameOfPlan = names('(name|title|nickname|displayname|label)', '(slug|code|key)');
/** In a subscription, a company or a person. */
export const plan = names(
  '(subscription|billing|current|price)?(plan|tier|package)(name|title|label|nickname)?',
  '(plan|product|subscription)(name|title|nickname|tier|type|level|slug|code|key)',
);
/** Stripe's "price_1Abc…": says little, but more than nothing. */
export const priceId = names(
  '(processor|stripe|paddle|provider)(plan|price|product)(id)?',
  '(plan|price|product)id',
);

export const status = names(
  '(subscription|stripe|billing|stripesubscription|paddle)?(status|state)',
);
/** In a table that is about more than a subscription. */
export const ownStatus = names(
  '(subscription|stripe|billing|stripesubscription|plan)(status|state)',
);
export const runningStatus = /^(active|trialing|trial|past_due)$/i;
export const isActive = names('(is)?active');

const until = '(at|on|date|time|until)?';
export const expiresAt = names(
  '(stripe|plan|billing|subscription|stripesubscription)?(current)?period(end|ends)(at|on|date)?',
  `(plan|subscription|stripe|license)?(expires?|expiry|expiration|valid|paid|paidthrough|active|renews?|renewal|next(bill|billing|payment|renewal))${until}`,
  'ends?(at|on|date)',
);
/** In a table that is about more than a subscription. */
export const ownExpiresAt = names(
  'currentperiod(end|ends)(at|on|date)?',
  '(stripe|plan|billing|subscription|stripesubscription)(current)?period(end|ends)(at|on|date)?',
  `(plan|subscription|license|paid)(expires?|expiry|expiration|valid|ends?|through|renews?|renewal|until)${until}`,
);
export const cancelAtPeriodEnd = names(
  '(stripe|subscription)?(cancel|cancels|cancelled|canceled)at(the)?(period)?end(of(the)?period)?',
);
/** The end of what was canceled, and of nothing else: `canceled_at` is when somebody asked for it. */
export const cancelsAt = names('(stripe|subscription)?cancels?(at|on)');
/** Where it was canceled at once, the period's end is still ahead. */
export const endedAt = names('(stripe|subscription)?ended(at|on)');
export const trialEndsAt = names(
  '(free)?trial(period)?(ends?|ended|expires?|expiry|expiration|until|over)(at|on|date)?',
);

const heads = '(employee|user|seat|member|staff|teammember|license)s?';
export const limit = names(
  `(max|maximum|limit)(of|number|numberof)?${heads}`,
  `${heads}(limit|max|maximum|quota|cap|allowed|allowance|included)`,
  '(licensed|included|purchased|total|number|numberof)?seats',
);
/** What was bought of anything: seats, or one of the whole product. */
export const quantity = names('quantity');
export const headCount = names(`${heads}(count|used|total)`, `(number|num|total)(of)?${heads}`);

export const stripeCustomer = names('stripecustomer(id|ref|key)?');
/** In a table of customers, companies or people. */
export const maybeStripeCustomer = names(
  'stripeid',
  '(processor|billingcustomer|billing|external|provider)(id|customerid)',
);
export const customerId = names('customer(id)?');
export const id = names('id');
export const stripeSubscription = names('stripesubscription(id|ref|key)?');
/** In a table of subscriptions. */
export const maybeStripeSubscription = names(
  'stripeid',
  '(processor|external|provider|gateway)(subscription)?(id)?',
  'subscriptionid',
);
/** Copies of Stripe's objects in dj-stripe, the pay gem and Stripe's foreign data wrapper. */
export const stripeObject = names('(stripedata|object|attrs)');

export const isDefault = names('(is)?(default|primary)');

export const modules = names(
  '(enabled|active|available)?(modules?|features?|featureflags?|addons?|entitlements?|apps|capabilities|plugins)(enabled|list)?',
);
/** In a table of modules. */
export const nameOfModule = names('(module|feature|addon|name|key|slug|code|title)(name|key)?');
export const isEnabled = names('(is)?(enabled|active|on)');

export const lastSeen = names(
  '(last|current)(signin|signedin|login|loggedin|seen|active|activity|access)(at|on|date|time)?',
);
export const suspended = names('(suspended|blocked|banned|disabled|locked|deactivated)(at|on)?');
/** Where Supabase keeps what people signed up with. */
export const signUpData = names('rawusermetadata');
