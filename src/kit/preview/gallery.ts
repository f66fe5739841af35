import { type Account, type FindAccounts, LookupError } from '../../domain/account.ts';
import { type FindAddresses, MailboxError } from '../../helpscout/mailbox-api.ts';
import type { Column } from '../../postgres/columns.ts';
import { nobodysNumber, phpJson, platformQuery, requestBody } from '../request.ts';
import { demoPeople } from './demo-people.ts';
import { inventEmptiest, inventFullest, inventHostile, inventLongest } from './invented.ts';

/** Something that an agent may see, and the requests and dependencies that lead to it. */
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
  /** Replaces the database; null looks the customer up in it. */
  findAccounts: FindAccounts | null;
  /** Replaces Help Scout's API; null as without credentials, "real" as the server is configured. */
  findAddresses: FindAddresses | 'real' | null;
  /** Null as the query does. */
  findsByCustomerId: boolean | null;
  /** Whether the answer is cached before the database fails. */
  isStale: boolean;
};

export type Group = { title: string; states: State[] };

/** All states for the query's columns, and the demo's people when it runs. */
export function gallery(
  columns: readonly Column[],
  findsByCustomerId: boolean,
  isDemo: boolean,
  now: Date,
): Group[] {
  const people = demoPeople.map(([email, title, note]) =>
    state(email, title, note, { emails: [email] }),
  );
  return [
    ...(isDemo ? [{ title: 'People of the demo', states: people }] : []),
    { title: 'Invented for your query', states: inventedStates(columns, now) },
    { title: 'No account to show', states: statesWithoutAccount },
    { title: 'Failures', states: failureStates },
    {
      title: 'Platform app only',
      states: [...(findsByCustomerId ? customerIdStates(columns) : []), ...platformStates],
    },
  ];
}

/** Any customer by e-mail addresses, or by the ID that only a platform app receives. */
export type Customer = { emails: string[] } | { customerId: string };

const maxEmails = 10;

/** Reads the page's `{ emails }` or `{ customerId }`; null when it is neither. */
export function readCustomer(value: unknown): Customer | null {
  if (typeof value !== 'object' || value === null) return null;
  if ('emails' in value && Array.isArray(value.emails)) {
    const emails: unknown[] = value.emails;
    const areTexts = emails.every((email) => typeof email === 'string');
    return areTexts && emails.length <= maxEmails ? { emails } : null;
  }
  if (!('customerId' in value) || typeof value.customerId !== 'string') return null;
  return /^\d{1,18}$/.test(value.customerId) ? { customerId: value.customerId } : null;
}

const customerPrefix = 'customer.';

/** A state that looks this customer up. Its id holds the customer, since the frame loads it again. */
export function customerState(customer: Customer): State {
  const id = `${customerPrefix}${Buffer.from(JSON.stringify(customer)).toString('base64url')}`;
  if ('emails' in customer)
    return state(id, 'Your lookup', 'What the database returns for this customer.', customer);
  return platformState(
    id,
    'Your lookup by customer ID',
    `What is known of Help Scout’s customer ${customer.customerId}.`,
    {
      query: (secretKey) => platformQuery(customer.customerId, secretKey),
      findAddresses: 'real',
    },
  );
}

/** The state of an id that `customerState` made; else undefined. */
export function customerStateOf(id: string): State | undefined {
  if (!id.startsWith(customerPrefix)) return undefined;
  try {
    const encoded = Buffer.from(id.slice(customerPrefix.length), 'base64url');
    const customer = readCustomer(JSON.parse(encoded.toString()));
    return customer === null ? undefined : customerState(customer);
  } catch {
    return undefined;
  }
}

function inventedStates(columns: readonly Column[], now: Date): State[] {
  const invented = (id: string, title: string, note: string, ...accounts: Account[]) =>
    state(id, title, note, {
      emails: accounts.map(({ email }) => email),
      findAccounts: async () => accounts,
    });
  const full = inventFullest(columns, now);
  const empty = inventEmptiest(columns);
  const long = inventLongest(columns, now);
  const hostile = inventHostile(columns, now);
  return [
    invented('fullest', 'Everything known', 'Every column of the query has a value.', full),
    invented('emptiest', 'Nothing known', 'Every column except the address is null.', empty),
    invented('two', 'Two accounts', 'Two rows: the fullest and the emptiest.', full, empty),
    invented('longest', 'Very long values', 'Endless names, and a list of sixty.', long),
    invented(
      'hostile',
      'Hostile values',
      'Every text is an attack (XSS): all you should see is odd text.',
      hostile,
    ),
  ];
}

const mailbox = { id: '100016', email: 'support@hr-product.example' };

const statesWithoutAccount: State[] = [
  state('stranger', 'A stranger', 'This address has no account.', {
    emails: ['nobody@example.com'],
  }),
  state(
    'strangers',
    'A stranger with two addresses',
    'Neither of the customer’s addresses has an account.',
    { emails: ['nobody@example.com', 'nobody.else@example.com'] },
  ),
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
const connectionRefused = failing('unreachable', 'ECONNREFUSED', 'connect ECONNREFUSED');

const failureStates: State[] = [
  state('database-down', 'The database is down', 'It refuses connections.', {
    emails,
    findAccounts: connectionRefused,
  }),
  state('database-slow', 'The database is slow', 'The query exceeded its timeout.', {
    emails,
    findAccounts: failing('unreachable', 'query_timeout', 'Query read timeout'),
  }),
  state('stale', 'The database went away', 'The cached answer, with its age.', {
    emails,
    findAccounts: connectionRefused,
    findsByCustomerId: false,
    isStale: true,
  }),
  state('misconfigured', 'The query is misconfigured', 'It uses a column that no longer exists.', {
    emails,
    findAccounts: failing('misconfigured', '42703', 'column users.email does not exist'),
  }),
];

/** Of a query that uses $2. */
function customerIdStates(columns: readonly Column[]): State[] {
  return [
    platformState(
      'linked',
      'Linked by customer ID only',
      'The row has Help Scout’s customer ID, and neither an address nor a name.',
      { findAccounts: async () => [{ ...inventEmptiest(columns), email: '' }] },
    ),
    platformState(
      'not-linked',
      'Not linked',
      'No row has the customer’s ID, and without credentials their address is unknown.',
      { findAccounts: async () => [], findAddresses: null },
    ),
  ];
}

const platformStates: State[] = [
  platformState(
    'no-credentials',
    'No credentials',
    'HELPSCOUT_APP_ID and HELPSCOUT_APP_SECRET are not set, and the query does not use $2.',
    { findAddresses: null, findsByCustomerId: false },
  ),
  apiFailure('api-down', 'Help Scout’s API is down', 'No response.', 'unreachable', '503'),
  apiFailure(
    'api-busy',
    'Help Scout’s API is rate-limited',
    'It said when to try again.',
    'busy',
    '429',
  ),
  apiFailure(
    'api-refuses',
    'Help Scout’s API rejects us',
    'The credentials are wrong or were revoked.',
    'refused',
    '401',
  ),
  apiFailure(
    'api-unknown',
    'Help Scout’s API finds nobody',
    'There is no customer with that ID.',
    'unknown',
    '404',
  ),
  platformState(
    'another-key',
    'A different Secret Key',
    'The app in Help Scout has a different key than the server: 403, with a page for the admin.',
    { query: () => platformQuery(nobodysNumber, 'another-secret-of-some-length') },
  ),
  platformState(
    'opened',
    'Opened in a browser',
    'Somebody opened the Callback URL itself, without Help Scout’s parameters.',
    { query: () => '' },
  ),
];

function apiFailure(
  id: string,
  title: string,
  note: string,
  reason: MailboxError['reason'],
  failure: string,
): State {
  return platformState(id, title, note, {
    findsByCustomerId: false,
    findAddresses: async () => {
      throw new MailboxError(reason, failure);
    },
  });
}

function failing(reason: LookupError['reason'], code: string, message: string): FindAccounts {
  return async () => {
    throw new LookupError(reason, code, { cause: new Error(message) });
  };
}

/** By default, the real database looks up a customer whose API addresses are the same. */
function state(id: string, title: string, note: string, changes: Partial<State> = {}): State {
  const { emails = [] } = changes;
  return {
    id,
    title,
    note,
    emails,
    body: requestBody(emails),
    // No customer has this ID, so only the addresses can match.
    query: (secretKey) => platformQuery(nobodysNumber, secretKey),
    findAccounts: null,
    findAddresses: async () => [...emails],
    findsByCustomerId: null,
    isStale: false,
    ...changes,
  };
}

function platformState(id: string, title: string, note: string, changes: Partial<State>): State {
  return state(id, title, note, { body: null, ...changes });
}
