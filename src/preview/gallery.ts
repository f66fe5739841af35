import { type Account, type FindAccounts, LookupError } from '../account.ts';
import type { Column } from '../accounts/columns.ts';
import { phpJson, requestBody } from '../tools/request.ts';
import { demoPeople } from './demo-people.ts';
import { inventEmptiest, inventFullest, inventHostile, inventLongest } from './invented.ts';

/** One thing that an agent may come to see, and the request that brings it about. */
export type State = {
  id: string;
  title: string;
  /** What there is to see, in a sentence. */
  note: string;
  /** The customer's, the preferred one first. */
  emails: readonly string[];
  /** The bytes that Help Scout would send. */
  body: string;
  /** Takes the database's place; null asks the database. */
  findAccounts: FindAccounts | null;
  /** Whether it was asked before, when the database still answered. */
  wasAsked: boolean;
};

export type Group = { title: string; states: State[] };

/** Everything there is to see: with this query's columns, and with the demo's people if it runs. */
export function gallery(columns: readonly Column[], isDemo: boolean, now: Date): Group[] {
  const people = demoPeople.map(([email, title, note]) => asked(email, title, note, [email]));
  return [
    ...(isDemo ? [{ title: 'People of the demo', states: people }] : []),
    { title: 'Invented for your query', states: invented(columns, now) },
    { title: 'Nobody to show', states: absences },
    { title: 'Something is wrong', states: troubles },
  ];
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
    findAccounts: null,
    wasAsked: false,
  };
}
