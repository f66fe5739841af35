import { type Account, type FindAccounts, LookupError } from '../../domain/account.ts';
import { type FindAddresses, MailboxError } from '../../helpscout/mailbox-api.ts';
import type { Column } from '../../postgres/columns.ts';
import { nobodysNumber, phpJson, platformQuery, requestBody } from '../request.ts';
import { demoPeople } from './demo-people.ts';
import { inventEmptiest, inventFullest, inventHostile, inventLongest } from './invented.ts';

/** One thing that an agent may come to see, and what brings it about in each kind of app. */
export type State = {
  id: string;
  title: string;
  /** What there is to see, in a sentence. */
  note: string;
  /** The customer's, the preferred one first. */
  emails: readonly string[];
  /** The bytes that Help Scout would send for a legacy app; null where none is ever asked so. */
  body: string | null;
  /** What Help Scout would put into the address of a platform app. */
  query: (secretKey: string) => string;
  /** Takes the database's place; null asks the database. */
  findAccounts: FindAccounts | null;
  /** Takes the place of Help Scout's API; null where no credentials are set. */
  findAddresses: FindAddresses | 'real' | null;
  /** Whether accounts are found by the customer's number; null as the query does. */
  findsByCustomerId: boolean | null;
  /** Whether it was asked before, when the database still answered. */
  wasAsked: boolean;
};

export type Group = { title: string; states: State[] };

/** Everything there is to see: with this query's columns, and with the demo's people if it runs. */
export function gallery(
  columns: readonly Column[],
  findsByCustomerId: boolean,
  isDemo: boolean,
  now: Date,
): Group[] {
  const people = demoPeople.map(([email, title, note]) => asked(email, title, note, [email]));
  return [
    ...(isDemo ? [{ title: 'People of the demo', states: people }] : []),
    { title: 'Invented for your query', states: invented(columns, now) },
    { title: 'Nobody to show', states: absences },
    { title: 'Something is wrong', states: troubles },
    {
      title: 'On the App Platform alone',
      states: [...(findsByCustomerId ? byNumber(columns) : []), ...onThePlatform],
    },
  ];
}

/** What somebody asks for: the answer is the database's, whoever the number belongs to. */
export function askedFor(emails: readonly string[]): State {
  const id = `asked.${Buffer.from(JSON.stringify(emails)).toString('base64url')}`;
  return asked(id, 'Asked for', 'What the database says of this customer.', emails);
}

/** The same by the number, which only a platform app is told. */
export function askedForNumber(customerId: string): State {
  return {
    ...platformOnly(
      `number.${customerId}`,
      'Asked for by number',
      `What is known of Help Scout’s customer ${customerId}.`,
    ),
    query: (secretKey) => platformQuery(customerId, secretKey),
    findAddresses: 'real',
  };
}

/** The state of that id, if it is one of those above. */
export function askedState(id: string): State | undefined {
  const [, kind, value = ''] = /^(asked|number)\.([\w-]+)$/.exec(id) ?? [];
  if (kind === 'number') return askedForNumber(value);
  if (kind !== 'asked') return undefined;
  try {
    return askedFor(JSON.parse(Buffer.from(value, 'base64url').toString()));
  } catch {
    return undefined;
  }
}

const robin = ['robin@example.com'];

function invented(columns: readonly Column[], now: Date): State[] {
  const state = (id: string, title: string, note: string, ...accounts: Account[]): State => ({
    ...asked(
      id,
      title,
      note,
      accounts.map(({ email }) => email),
    ),
    findAccounts: async () => accounts,
  });
  const full = inventFullest(columns, now);
  const empty = inventEmptiest(columns);
  return [
    state('fullest', 'Everything known', 'Every column of the query has a value.', full),
    state('emptiest', 'Nothing known', 'Every column is null but the address.', empty),
    state('two', 'Two accounts', 'Two rows came back: the fullest and the emptiest.', full, empty),
    state(
      'longest',
      'Very long values',
      'Names without end, and a list of sixty.',
      inventLongest(columns, now),
    ),
    state(
      'hostile',
      'Hostile values',
      'Every text attacks whoever shows it: all you should see is odd text.',
      inventHostile(columns, now),
    ),
  ];
}

const absences: State[] = [
  asked('stranger', 'A stranger', 'Nobody has an account with this address.', [
    'nobody@example.com',
  ]),
  asked(
    'strangers',
    'A stranger with two addresses',
    'Neither of the customer’s addresses has an account.',
    ['nobody@example.com', 'nobody.else@example.com'],
  ),
  {
    ...asked('no-address', 'No e-mail address', 'A conversation by phone or chat has none.', []),
    // Help Scout leaves out what has no value.
    body: phpJson({
      ticket: { id: '322585297', number: '42', subject: 'A call' },
      customer: { id: '114322164', fname: 'A', lname: 'Customer', emails: [] },
      mailbox: { id: '100016', email: 'support@hr-product.example' },
    }),
  },
  {
    ...asked('draft', 'A draft', 'A new conversation that is addressed to nobody yet.', []),
    body: phpJson({
      ticket: false,
      customer: [],
      mailbox: { id: '100016', email: 'support@hr-product.example' },
    }),
    query: (secretKey) => platformQuery('', secretKey),
  },
];

const troubles: State[] = [
  {
    ...asked('database-down', 'The database is down', 'Nothing answers at DATABASE_URL.', robin),
    findAccounts: failing('unreachable', 'ECONNREFUSED', 'connect ECONNREFUSED'),
  },
  {
    ...asked('database-slow', 'The database is slow', 'The query took longer than it may.', robin),
    findAccounts: failing('unreachable', 'query_timeout', 'Query read timeout'),
  },
  {
    ...asked(
      'stale',
      'The database went away',
      'The last good answer, which says how old it is.',
      robin,
    ),
    findAccounts: failing('unreachable', 'ECONNREFUSED', 'connect ECONNREFUSED'),
    findsByCustomerId: false,
    wasAsked: true,
  },
  {
    ...asked(
      'misconfigured',
      'The query is misconfigured',
      'A column that the query names is gone from the tables.',
      robin,
    ),
    findAccounts: failing('misconfigured', '42703', 'column users.email does not exist'),
  },
];

/** Found, or not, by what the query looks for with $2. */
function byNumber(columns: readonly Column[]): State[] {
  return [
    {
      ...platformOnly(
        'linked',
        'Linked by number alone',
        'The row has Help Scout’s number of the customer, and neither an address nor a name.',
      ),
      findAccounts: async () => [{ ...inventEmptiest(columns), email: '' }],
    },
    {
      ...platformOnly(
        'not-linked',
        'Not linked',
        'No row has the customer’s number, and no credentials are set to ask for an address.',
      ),
      findAccounts: async () => [],
      findAddresses: null,
    },
  ];
}

const onThePlatform: State[] = [
  {
    ...platformOnly(
      'no-credentials',
      'No credentials',
      'HELPSCOUT_APP_ID and HELPSCOUT_APP_SECRET are not set, and the query does not name $2.',
    ),
    findAddresses: null,
    findsByCustomerId: false,
  },
  withoutApi('api-down', 'Help Scout’s API is down', 'It does not answer.', 'unreachable', '503'),
  withoutApi(
    'api-busy',
    'Help Scout’s API is busy',
    'It was asked too much, and said when to ask again.',
    'busy',
    '429',
  ),
  withoutApi(
    'api-refuses',
    'Help Scout’s API refuses us',
    'The credentials are not, or no longer, right.',
    'refused',
    '401',
  ),
  withoutApi(
    'api-unknown',
    'Help Scout’s API knows nobody',
    'There is no customer of that number.',
    'unknown',
    '404',
  ),
  {
    ...platformOnly(
      'another-key',
      'Another Secret Key',
      'The app in Help Scout has another key than the server: 403, with a page for the admin.',
    ),
    query: () => platformQuery(nobodysNumber, 'another-secret-of-some-length'),
  },
  {
    ...platformOnly(
      'opened',
      'Opened in a browser',
      'Somebody opened the Callback URL itself, without anything that Help Scout adds to it.',
    ),
    query: () => '',
  },
];

function withoutApi(
  id: string,
  title: string,
  note: string,
  reason: MailboxError['reason'],
  failure: string,
): State {
  return {
    ...platformOnly(id, title, note),
    findsByCustomerId: false,
    findAddresses: async () => {
      throw new MailboxError(reason, failure);
    },
  };
}

function failing(reason: LookupError['reason'], code: string, message: string): FindAccounts {
  return async () => {
    throw new LookupError(reason, code, { cause: new Error(message) });
  };
}

/** What the database says of these addresses. */
function asked(id: string, title: string, note: string, emails: readonly string[]): State {
  return {
    id,
    title,
    note,
    emails,
    body: requestBody(emails),
    // Nobody's, so that nobody else is found by it.
    query: (secretKey) => platformQuery(nobodysNumber, secretKey),
    findAccounts: null,
    findAddresses: async () => [...emails],
    findsByCustomerId: null,
    wasAsked: false,
  };
}

function platformOnly(id: string, title: string, note: string): State {
  return { ...asked(id, title, note, []), body: null };
}
