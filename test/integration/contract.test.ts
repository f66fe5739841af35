import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Account } from '../../src/domain/account.ts';
import { runSql } from '../../src/kit/demo/demo-database.ts';
import { knownColumns, looksSensitive } from '../../src/postgres/columns.ts';
import { type Connections, createConnections } from '../../src/postgres/connections.ts';
import { type AccountQuery, checkContract } from '../../src/postgres/contract.ts';
import { createFindAccounts } from '../../src/postgres/find-accounts.ts';
import { createToSidebar } from '../../src/sidebar/sidebar.ts';
import { createDatabase } from '../databases.ts';
import { memoryLog, now } from '../examples.ts';
import { comments, names, texts } from '../sql-texts.ts';

let url: string;
let pool: Connections;
const log = memoryLog();

beforeAll(async () => {
  url = await createDatabase();
  await runSql(
    url,
    `create table people (email text, password_hash text, joined text);
     create type level as enum ('low', 'high');
     create domain score as integer;`,
  );
  pool = createConnections(url, log);
});
afterAll(() => pool.end());

const check = (sql: string) => checkOn(pool, { file: 'sql/account.sql', sql });

const checkOn = (connections: Connections, query: AccountQuery) =>
  connections.check((client) => checkContract(client, query));

/** What the check says, or an empty text. */
const verdict = (sql: string) =>
  check(sql).then(
    () => '',
    (error: Error) => error.message,
  );

describe('the contract of the query', () => {
  test('holds for a query that returns the address alone', async () => {
    expect(await check('select email from people where email = any($1)')).toEqual([
      { name: 'email', oid: 25, type: 'text', kind: 'text' },
    ]);
  });

  test('holds whatever comment and semicolon stand at the end', async () => {
    expect(await verdict('select email from people where email = any($1); -- the end')).toBe('');
  });

  test.each([
    ...texts.map((text) => `select email, ${text} as noted from people where email = any($1)`),
    ...names.map((name) => `select email, 1 as ${name} from people where email = any($1)`),
    ...comments.map((comment) => `select email from people ${comment}\nwhere email = any($1)`),
  ])('holds for %j, as for Postgres', async (sql) => {
    expect(await verdict(sql)).toBe('');
    expect(await verdict(`${sql};`)).toBe('');
    // Statements are named by connection, so each query gets its own.
    const own = createConnections(url, log, 1);
    expect(await createFindAccounts(own, { file: 'account.sql', sql }, log)([])).toEqual([]);
    await own.end();
  });

  test('is checked without reading a row', async () => {
    // Either would fail if a row were read.
    await runSql(url, "insert into people values ('a@example.com', '', 'never')");
    expect(
      await verdict(
        'select email, joined::date as "Joined" from people where $1::text[] is not null',
      ),
    ).toBe('');
  });

  test.each([
    [
      'select emial from people where email = any($1)',
      ':1: column "emial" does not exist. Correct the name, or write schema.table. A migration may have renamed or removed it.',
    ],
    [
      'select email\nfrom poeple where email = any($1)',
      ':2: relation "poeple" does not exist. Correct the name, or write schema.table. A migration may have renamed or removed it.',
    ],
    [
      'select email from hr.people where email = any($1)',
      ':1: relation "hr.people" does not exist. Correct the name, or write schema.table. A migration may have renamed or removed it.',
    ],
    [
      'select email\n\nfrom people were email = any($1)',
      ':3: syntax error at or near "email". Correct the query. A parameter may need its type, as in $2::text.',
    ],
    [
      'select email from people where email = any($1); delete from people',
      ':1: cannot insert multiple commands into a prepared statement. Keep one statement.',
    ],
    [
      'select email from people where email = any($1) and email <> $4',
      ':1: there is no $4, only $1: the addresses as text[], $2: Help Scout’s customer id as text, and $3: the context as jsonb',
    ],
    [
      'delete from people where email = any($1)',
      ':1: must be a select that returns a row for each account, but returns nothing',
    ],
    [
      'delete from people where email = any($1) returning email',
      ':1: must only read, but writes: take the insert, update or delete out',
    ],
    [
      'with gone as (delete from people where email = any($1) returning email) select email from gone',
      ':1: must only read, but writes: take the insert, update or delete out',
    ],
    [
      'select joined from people where email = any($1)',
      ':1: must return a column "email" (text): the address that matched; add it to the select',
    ],
    [
      'select email from people -- $1',
      ':1: must look for $1, the addresses as text[], but never names it',
    ],
    [
      'select email\nfrom people where email = any($1) or email = $2',
      ':2: looks for $2, Help Scout’s customer id, so it must return "helpscout_customer_id": add it to the select',
    ],
    [
      'select email, email as helpscout_customer_id\nfrom people where email = any($1) or $2 is null',
      ':1: could not determine data type of parameter $2. Correct the query. A parameter may need its type, as in $2::text.',
    ],
    [
      'select email,\n  7 as customer_since\nfrom people where email = any($1)',
      ':2: "customer_since" must be timestamptz, date or text, but is integer: where x is its expression, for seconds write to_timestamp(x) as customer_since, for milliseconds write to_timestamp(x / 1000.0) as customer_since',
    ],
    [
      'select email, now() as is_owner from people where email = any($1)',
      ':1: "is_owner" must be boolean, text, text[] or jsonb, but is timestamp with time zone: for its expression x write x is not null as is_owner',
    ],
    [
      'select email, true as modules from people where email = any($1)',
      `:1: "modules" must be text[], text or jsonb, but is boolean: for its expression x write case when x then array['Payroll'] end as modules`,
    ],
    [
      'select email,\n  password_hash\nfrom people where email = any($1)',
      ':2: "password_hash" looks like a secret, which agents would see: take it out, or rename it with "as" if it is none',
    ],
    [
      "select email, '\\x00'::bytea as picture from people where email = any($1)",
      ':1: "picture" is bytea, which cannot be shown: take it out of the select',
    ],
    [
      'select email, email from people where email = any($1)',
      ':1: "email" is returned more than once: give each column a name of its own with "as"',
    ],
  ])('is broken by %j, which is said with file, line and remedy', async (sql, message) => {
    expect(await verdict(sql)).toBe(`sql/account.sql${message}`);
  });

  test('is broken in several ways, and all are said at once', async () => {
    expect((await verdict('select now() as is_owner, 2 as api_key')).split('\n')).toHaveLength(4);
  });

  test('needs the privileges of the role that asks', async () => {
    await runSql(
      url,
      `do $$ begin create role contract_nobody login password 'x'; exception when duplicate_object then null; end $$;
       alter role contract_nobody password '${new URL(url).password}'`,
    );
    const nobody = createConnections(
      Object.assign(new URL(url), { username: 'contract_nobody' }).href,
      log,
    );
    await expect(
      checkOn(nobody, {
        file: 'account.sql',
        sql: 'select email from people where email = any($1)',
      }),
    ).rejects.toThrow(
      'account.sql:1: permission denied for table people. As the owner, grant the role connect on the database and select on its tables.',
    );
    await nobody.end();
  });

  test('is not judged while the database is away', async () => {
    const away = createConnections('postgres://127.0.0.1:1/none', log);
    await expect(checkOn(away, { file: 'account.sql', sql: 'selekt' })).rejects.toMatchObject({
      name: 'LookupError',
      reason: 'unreachable',
    });
    await away.end();
  });
});

describe('a column that is not among the known ones', () => {
  const toSidebar = createToSidebar({ locale: 'en-GB', stripeDashboardUrl: 'https://x.example' });

  /** The line that an agent reads for this expression. */
  async function shown(expression: string) {
    const sql =
      `select $1[1] as email, 'Asia/Kathmandu' as company_timezone, ${expression} as some_fact`.replace(
        '$1[1]',
        '($1::text[])[1]',
      );
    const ownPool = createConnections(url, log, 1);
    const find = createFindAccounts(ownPool, { file: 'account.sql', sql }, log);
    const accounts: Account[] = await find(['a@example.com']);
    await ownPool.end();
    const [other] = toSidebar(['a@example.com'], accounts, now).accounts[0]?.others ?? [];
    expect(other === undefined || other.label === 'Some fact').toBe(true);
    return other?.value;
  }

  test.each([
    ["'some words'", 'some words'],
    ["'some words'::varchar(4)", 'some'],
    ["'low'::level", 'low'],
    ["'6f1a2b3c-0000-4000-8000-000000000000'::uuid", '6f1a2b3c-0000-4000-8000-000000000000'],
    ["'10.0.0.1'::inet", '10.0.0.1'],
    ['7::score', '7'],
    ['1234567', '1,234,567'],
    ['9007199254740993::bigint', '9,007,199,254,740,993'],
    ['1234.50::numeric', '1,234.50'],
    ['0.1::real', '0.1'],
    ["'$1,234.50'::text::money", '$1,234.50'],
    ['true', 'Yes'],
    ['false', 'No'],
    ["date '2027-03-12'", '12 Mar 2027 · in 110 days'],
    ["timestamptz '2026-11-21 20:00Z'", '22 Nov 2026, 01:45 · today'],
    ["timestamp '2026-11-20 12:00'", '20 Nov 2026, 17:45 · 2 days ago'],
    ["time '09:30'", '09:30:00'],
    ["interval '3 days 4 hours'", '3 days 4 hours'],
    ["array['a', 'b', null]", 'a, b'],
    ['array[1, 2]', '1, 2'],
    ["array['low', 'high']::level[]", 'low, high'],
    ['\'{"a": 1}\'::jsonb', 'A: 1'],
    ['\'["x", 2]\'::json', 'x, 2'],
    ["'true'::jsonb", 'Yes'],
    ['\'"text"\'::jsonb', 'text'],
    ['12.5::float8', '12.5'],
  ])('shows %s as it is meant', async (expression, text) => {
    expect(await shown(expression)).toMatchObject({ text, link: null });
  });

  test('becomes a link where it is the address of a page', async () => {
    expect(await shown("'https://x.example/a?b=c'")).toMatchObject({
      link: 'https://x.example/a?b=c',
    });
    expect(await shown("'javascript:alert(1)'")).toMatchObject({ link: null });
  });

  test.each([
    'null::text',
    "''",
    "'NaN'::numeric",
    "'infinity'::float8",
    "'infinity'::timestamptz",
    "'-infinity'::date",
    'null::boolean',
    "'{}'::text[]",
    "'null'::jsonb",
    "timestamp '0044-03-15 BC'",
  ])('is left out when it is %s', async (expression) => {
    expect(await shown(expression)).toBeUndefined();
  });
});

describe('secrets', () => {
  test.each(
    `password password_digest encrypted_password passwordHash api_key API_KEY stripeApiKey reset_token
     tokens secret client_secret hash salt otp_secret ssn private_key access_key auth_keys "Credentials"
     two_factor_recovery_codes twoFactorRecoveryCodes twofactorrecoverycodes backupCodes backupcodes
     backup_code recovery_codes recovery_code scratch_codes verification_code verificationCode
     email_verification_codes confirmation_code activation_code security_code access_code login_code
     reset_code one_time_code sms_code mfa_code two_factor_code 2fa_code
     magic_link magicLink magic_link_url login_link sign_in_link password_reset_link reset_url
     security_answer securityAnswers security_question_answer secret_answer
     mnemonic wallet_mnemonics seed_phrase recovery_phrase recovery_key session_key master_key
     accesstoken refreshtoken passwordhash clientsecret apikey pin card_pin pins passcode user_pass jwt
     remember_token token pin_code_hash session sessionId session_id cookie cookies auth_cookie
     bearer pass card_number cardNumber credit_card_numbers`.match(/\S+/g) ?? [],
  )('are seen in %s', (name) => {
    expect(looksSensitive(name.replaceAll('"', ''))).toBe(true);
  });

  test.each([
    ...knownColumns.keys(),
    ...`hashtag keyboard last_login_at passenger pinned address turnkey
        recovery_email recovery_phone backup_email pin_code pinCode pincode billing_pin_code zip_code
        postal_code discount_code promo_code coupon_code referral_code invite_code country_code
        status_code qr_code code codes time_code token_balance token_count tokens_used token_limit
        monthly_tokens tokens_remaining verification_status verification_code_sent_at verified_at
        answer_count answers security_question password_changed_at has_password is_pin_set
        two_factor_enabled otp_required backup_codes_count backup_codes_remaining password_strength
        magic_link_enabled login_url reset_count links link session_count keys public_key
        licence_key_count season_pass passes seed_round recovery_rate hash_rate mnemonics_enabled
        access_level codename passwordless sessions last_session last_session_at boarding_pass_count
        boarding_pass cookie_consent card_numbers_count bearer_count`.split(/\s+/),
    'NPS score',
  ])('are not seen in %s', (name) => {
    expect(looksSensitive(name)).toBe(false);
  });
});
