import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { calls } from '../../src/kit/lookup-function.ts';
import {
  asksForCustomerId,
  asSent,
  contextKeysOf,
  declaredContract,
  lineOf,
  parametersOf,
  tokensOf,
  valuesFor,
  withoutSemicolons,
} from '../../src/postgres/sql.ts';
import { comments, names, texts } from '../sql-texts.ts';

// That Postgres reads these texts the same way is tested in test/integration/contract.test.ts.

describe('an SQL text', () => {
  test.each([...texts, ...names])('has no parameter and no semicolon in %s', (piece) => {
    expect(parametersOf(`select ${piece} , $1`)).toEqual(['$1']);
    expect(withoutSemicolons(`select ${piece} , $1;`)).toBe(`select ${piece} , $1`);
  });

  test.each(comments)('has no parameter and no semicolon in the comment %s', (piece) => {
    expect(parametersOf(`select ${piece}\n$1`)).toEqual(['$1']);
    expect(withoutSemicolons(`${piece}\nselect $1;`)).toBe(`${piece}\nselect $1`);
  });

  test.each([
    ['after a text with a comment mark', `select 'a -- b', $2`],
    ['after a text with a backslash at its end', String.raw`select 'C:\', $2`],
    ['after an identifier that ends with e', `select nice'x', $2`],
    ['in an operator', 'select 1 +$2'],
    ['after a nested comment', 'select /* a /* b */ c */ $2'],
    ['after a division', 'select 4 / $2 * 2'],
    ['after an empty dollar quote', 'select $$$$, $2'],
    ['after what looks like a dollar quote and is none', 'select a$b, $2, c$b'],
  ])('has a parameter %s', (_, sql) => {
    expect(asksForCustomerId(sql)).toBe(true);
  });

  test('has each parameter once', () => {
    expect(parametersOf('select $2, $1, $2, $10')).toEqual(['$1', '$10', '$2']);
  });

  test('is nothing but its tokens', () => {
    const piece = fc.constantFrom(
      ...texts.flatMap((text) => [...text]),
      ...['/*', '*/', '--', '$$', '$a$', "E'", "'", '"', '\n', ' ', ';', '$1'],
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const sql = pieces.join('');
        expect(
          tokensOf(sql)
            .map(({ text }) => text)
            .join(''),
        ).toBe(sql);
      }),
    );
  });
});

describe('the context', () => {
  const shared = ['inbox', 'inboxId', 'role', 'app', 'appId'];

  test.each([
    ['select $1, $3', []],
    ["select $3 ->> 'role'", []],
    ["select $3 ->> 'agentId'", ['agentId']],
    ["select $3 ->> E'conversationId'", ['conversationId']],
    ["select $3 #>> '{conversationNumber}'", ['conversationNumber']],
    ['select c."agentId" from jsonb_to_record($3) as c ("agentId" text)', ['agentId']],
    ["select jsonb_path_query($3, '$.agentId')", ['agentId']],
    ['select $$agentId$$, $3', ['agentId']],
    ['-- context: agentId, conversationId\nselect $3', ['agentId', 'conversationId']],
    ['-- agentId would be possible, too\nselect $3', []],
    ['select $3, agentIds, "xagentId"', []],
  ])('of %j has the keys that it names', (sql, named) => {
    expect(contextKeysOf(sql).toSorted()).toEqual([...shared, ...named].toSorted());
  });

  test.each(['select $1', "select $1 -- $3 ->> 'agentId'", "select $1, '$3'"])(
    'of %j has no keys',
    (sql) => {
      expect(contextKeysOf(sql)).toEqual([]);
    },
  );

  test.each([
    ['select $1, $2', 'select $1, $2', ['emails', 'id']],
    ["select $1, $3->>'a'", "select $1, ($2::jsonb)->>'a'", ['emails', '{"role":"admin"}']],
    ['select $3, $2, $1', 'select ($3::jsonb), $2, $1', ['emails', 'id', '{"role":"admin"}']],
    ["select '$3', $1 -- $3", "select '$3', $1 -- $3", ['emails']],
  ])('of %j is sent with no gap before it', (sql, sent, values) => {
    expect(asSent(sql)).toBe(sent);
    expect(valuesFor(sql)('emails', 'id', { role: 'admin' })).toEqual(values);
  });
});

describe('the line of a name', () => {
  const sql = `select email as was, -- "plan_name"
  'plan_name',
  Plan as PLAN_NAME,
  "Plan ""A"""
from people where email = any($1)
  and note <> 'line
break'
  or id = $2`;

  test.each([
    ['plan_name', 3],
    ['Plan "A"', 4],
    ['email', 5],
    ['$2', 8],
    ['absent', 1],
  ])('%s is %i', (name, line) => {
    expect(lineOf(sql, name)).toBe(line);
  });
});

describe('the call of a function', () => {
  test.each([
    'select * from helpscout_sidebar.accounts($1)',
    'select * from HelpScout_Sidebar . Accounts($1)',
    'select * from "helpscout_sidebar"."accounts"($1)',
    'select * from helpscout_sidebar /* the schema */ .\naccounts ($1)',
  ])('is found in %j', (sql) => {
    expect(calls(sql, 'helpscout_sidebar', 'accounts')).toBe(true);
  });

  test.each([
    `select 'helpscout_sidebar.accounts'`,
    'select 1 -- helpscout_sidebar.accounts($1)',
    'select * from "Helpscout_Sidebar".accounts($1)',
    'select * from helpscout_sidebar.accounts_of($1)',
    'select * from helpscout_sidebar, accounts',
  ])('is not found in %j', (sql) => {
    expect(calls(sql, 'helpscout_sidebar', 'accounts')).toBe(false);
  });
});

describe('the declared contract', () => {
  test.each([
    ['-- Ours.\n  --helpscout-sidebar contract  2 \nselect 1', { version: '2', line: 2 }],
    ['-- helpscout-sidebar contract\r\nselect 1', { version: '', line: 1 }],
  ])('is read from %j', (sql, declared) => {
    expect(declaredContract(sql)).toEqual(declared);
  });

  test.each([
    'select 1',
    "select '\n-- helpscout-sidebar contract 2\n'",
    '/*\n-- helpscout-sidebar contract 2\n*/ select 1',
    '-- helpscout-sidebar contracts 2',
  ])('is not read from %j', (sql) => {
    expect(declaredContract(sql)).toBeNull();
  });
});
