import { type FindAccounts, LookupError } from '../../domain/account.ts';
import { MailboxError } from '../../helpscout/mailbox-api.ts';
import type { Dependencies } from '../../http/app.ts';
import type { Column } from '../../postgres/columns.ts';
import { nobodysNumber, phpJson, platformQuery, requestBody } from '../request.ts';
import { demoPeople } from './demo-people.ts';
import { type Invented, invent } from './invented.ts';

/** What an agent may see, and the requests and dependencies that lead to it. */
export type State = {
  id: string;
  title: string;
  /** What to look for, in a sentence. */
  note: string;
  /** The customer's, the preferred one first. */
  emails: readonly string[];
  /** The body that Help Scout sends for a legacy app; null when it sends none. */
  body: string | null;
  /** The query that Help Scout adds to a platform app's URL. */
  query: (secretKey: string) => string;
  /** In place of the database, Help Scout's API, and whether the query uses $2. */
  replaced: Partial<Pick<Dependencies, 'findAccounts' | 'findAddresses' | 'findsByCustomerId'>>;
  /** Whether the answer is cached before the database fails. */
  isStale: boolean;
};

/** All states for the query's columns, and the demo's people when it runs. */
export function gallery(
  columns: readonly Column[],
  findsByCustomerId: boolean,
  isDemo: boolean,
  now: Date,
): { title: string; states: State[] }[] {
  const people = demoPeople.map(([email, title, note]) =>
    state(email, title, note, { emails: [email] }),
  );
  const invented = inventedStates.map(([title, note, ...kinds]) => {
    const accounts = kinds.map((kind) => invent(kind, columns, now));
    const emails = accounts.map(({ email }) => email);
    return state(kinds.join('-'), title, note, {
      emails,
      replaced: { findAccounts: async () => accounts },
    });
  });
  const linked = { ...invent('emptiest', columns, now), email: '' };
  return [
    ...(isDemo ? [{ title: 'People of the demo', states: people }] : []),
    { title: 'Invented for your query', states: invented },
    { title: 'No account to show', states: statesWithoutAccount },
    { title: 'Failures', states: failureStates },
    {
      title: 'Platform app only',
      states: [
        ...(findsByCustomerId
          ? [
              platformState('linked', 'Linked by customer ID only', linkedNote, {
                findAccounts: async (_, id) => [{ ...linked, helpScoutCustomerId: id ?? null }],
              }),
              platformState('not-linked', 'Not linked', notLinkedNote, {
                findAccounts: async () => [],
                findAddresses: null,
              }),
            ]
          : []),
        ...platformStates,
      ],
    },
  ];
}

/** Any customer by e-mail addresses, or by the ID that only a platform app receives. */
type Customer = { emails: string[] } | { customerId: string };

const maxEmails = 10;

/** The state that looks up the page's `{ emails }` or `{ customerId }`; undefined for others. */
export function customerState(value: unknown): State | undefined {
  const customer = readCustomer(value);
  if (customer === null) return undefined;
  // The frame loads the state again, so its id holds the customer.
  const id = `${customerPrefix}${Buffer.from(JSON.stringify(customer)).toString('base64url')}`;
  if ('emails' in customer)
    return state(id, 'Your lookup', 'What the database returns for this customer.', customer);
  const { customerId } = customer;
  const note = `What is known of Help Scout’s customer ${customerId}.`;
  return {
    ...platformState(id, 'Your lookup by customer ID', note),
    query: (secretKey) => platformQuery(customerId, secretKey),
    replaced: {},
  };
}

/** The state of an id that `customerState` made. */
export function customerStateOf(id: string): State | undefined {
  if (!id.startsWith(customerPrefix)) return undefined;
  const text = Buffer.from(id.slice(customerPrefix.length), 'base64url').toString();
  try {
    return customerState(JSON.parse(text));
  } catch {
    return undefined;
  }
}

const customerPrefix = 'customer.';

function readCustomer(value: unknown): Customer | null {
  const { emails, customerId } = Object(value);
  if (typeof customerId === 'string' && /^\d{1,18}$/.test(customerId)) return { customerId };
  const areTexts = Array.isArray(emails) && emails.every((email) => typeof email === 'string');
  return areTexts && emails.length <= maxEmails ? { emails } : null;
}

const inventedStates: readonly [title: string, note: string, ...kinds: Invented[]][] = [
  ['Everything known', 'Every column of the query has a value.', 'fullest'],
  ['Nothing known', 'Every column except the address is null.', 'emptiest'],
  ['Two accounts', 'Two rows: the fullest and the emptiest.', 'fullest', 'emptiest'],
  ['Very long values', 'Endless names, and a list of sixty.', 'longest'],
  ['Hostile values', 'Every text is an attack (XSS): all you should see is odd text.', 'hostile'],
];

const mailbox = { id: '100016', email: 'support@hr-product.example' };

const strangers = ['nobody@example.com', 'nobody.else@example.com'];

const statesWithoutAccount = [
  state('stranger', 'A stranger', 'This address has no account.', {
    emails: strangers.slice(0, 1),
  }),
  state('strangers', 'A stranger with two addresses', 'Neither address has an account.', {
    emails: strangers,
  }),
  state('no-address', 'No e-mail address', 'A conversation by phone or chat has none.', {
    // Help Scout omits keys without a value.
    body: phpJson({
      ticket: { id: '322585297', number: '42', subject: 'A call' },
      customer: { id: '114322164', fname: 'A', lname: 'Customer', emails: [] },
      mailbox,
    }),
  }),
  state('draft', 'A draft', 'A new conversation that has no customer yet.', {
    body: phpJson({ ticket: false, customer: [], mailbox }),
    query: (secretKey) => platformQuery('', secretKey),
  }),
];

const emails = ['robin@example.com'];
const down = failing('unreachable', 'ECONNREFUSED', 'connect ECONNREFUSED');
const slow = failing('unreachable', 'query_timeout', 'Query read timeout');
const misconfigured = failing('misconfigured', '42703', 'column users.email does not exist');

const failureStates = [
  state('database-down', 'The database is down', 'It refuses connections.', {
    emails,
    replaced: { findAccounts: down },
  }),
  state('database-slow', 'The database is slow', 'The query exceeded its timeout.', {
    emails,
    replaced: { findAccounts: slow },
  }),
  state('stale', 'The database went away', 'The cached answer, with its age.', {
    emails,
    replaced: { findAccounts: down, findsByCustomerId: false },
    isStale: true,
  }),
  state('misconfigured', 'The query is misconfigured', 'It uses a column that no longer exists.', {
    emails,
    replaced: { findAccounts: misconfigured },
  }),
];

const linkedNote = 'The row has Help Scout’s customer ID, and neither an address nor a name.';
const notLinkedNote =
  'No row has the customer’s ID, and without credentials their address is unknown.';

const apiFailures = [
  ['down', 'is down', 'No response.', 'unreachable', '503'],
  ['busy', 'is rate-limited', 'It said when to try again.', 'busy', '429'],
  ['refuses', 'rejects us', 'The credentials are wrong or were revoked.', 'refused', '401'],
  ['unknown', 'finds nobody', 'There is no customer with that ID.', 'unknown', '404'],
] as const;

const noCredentialsNote =
  'HELPSCOUT_APP_ID and HELPSCOUT_APP_SECRET are not set, and the query does not use $2.';
const anotherKeyNote =
  'The app in Help Scout has a different key than the server: 403, with a page for the admin.';
const openedNote = 'Somebody opened the Callback URL itself, without Help Scout’s parameters.';

const platformStates = [
  platformState('no-credentials', 'No credentials', noCredentialsNote, {
    findAddresses: null,
    findsByCustomerId: false,
  }),
  ...apiFailures.map(([id, title, note, reason, failure]) =>
    platformState(`api-${id}`, `Help Scout’s API ${title}`, note, {
      findsByCustomerId: false,
      findAddresses: async () => {
        throw new MailboxError(reason, failure);
      },
    }),
  ),
  {
    ...platformState('another-key', 'A different Secret Key', anotherKeyNote),
    query: () => platformQuery(nobodysNumber, 'another-secret-of-some-length'),
  },
  { ...platformState('opened', 'Opened in a browser', openedNote), query: () => '' },
];

function failing(reason: LookupError['reason'], code: string, message: string): FindAccounts {
  return async () => {
    throw new LookupError(reason, code, { cause: new Error(message) });
  };
}

/** By default, the real database looks up a customer whose API addresses are the same. */
function state(id: string, title: string, note: string, changes: Partial<State>): State {
  const { emails = [], replaced } = changes;
  return {
    body: requestBody(emails),
    // No customer has this ID, so only the addresses can match.
    query: (secretKey) => platformQuery(nobodysNumber, secretKey),
    isStale: false,
    ...changes,
    ...{ id, title, note, emails },
    replaced: { findAddresses: async () => [...emails], ...replaced },
  };
}

function platformState(id: string, title: string, note: string, replaced: State['replaced'] = {}) {
  return state(id, title, note, { body: null, replaced });
}
