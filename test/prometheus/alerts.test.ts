import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { program } from './programs.ts';

// The alert rules, tried by promtool on invented series: each fires when it must, and alone.

const folder = fileURLToPath(new URL('../../deploy/prometheus/', import.meta.url));
const rules = join(folder, 'alerts.yaml');

/** What promtool says; throws it when there is something wrong. */
function promtool(...args: string[]): string {
  try {
    return execFileSync(program('promtool'), args, { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`promtool ${args.join(' ')}: ${stdout}${stderr}`);
  }
}

test('the rules and the configuration are what Prometheus takes', () => {
  expect(promtool('check', 'rules', rules)).toContain('SUCCESS');
  expect(promtool('check', 'config', join(folder, 'prometheus.yaml'))).toContain('SUCCESS');
});

const series = (name: string, labels = '') =>
  `helpscout_sidebar_${name}{job="helpscout-sidebar",instance="a"${labels && `,${labels}`}}`;

type Case = {
  what: string;
  /** By series, in promtool's notation: "0+1x10" grows by one, ten times. Every half a minute. */
  values: Record<string, string>;
  at: string;
  fires: string[];
};

const day = 86_400;

const cases: Case[] = [
  {
    what: 'all is well, with strangers knocking',
    values: {
      'up{job="helpscout-sidebar",instance="a"}': '1x200',
      [series('database_up')]: '1x200',
      [series('answers_total', 'endpoint="legacy",outcome="found"')]: '0+5x200',
      [series('answers_total', 'endpoint="legacy",outcome="stale"')]: '0x200',
      [series('answers_total', 'endpoint="legacy",outcome="broken"')]: '3x200',
      [series('signatures_total', 'key="current"')]: '0+5x200',
      [series('signatures_total', 'key="previous"')]: '7x200',
      [series('previous_key_end_timestamp_seconds')]: `${2 * day}x200`,
      [series('refusals_total', 'class="missing"')]: '0+50x200',
      [series('refusals_total', 'class="mismatch"')]: '4x200',
      [series('lookup_failures_total', 'class="57014"')]: '2x200',
      [series('lookup_seconds_bucket', 'le="0.005"')]: '0+5x200',
      [series('lookup_seconds_bucket', 'le="+Inf"')]: '0+5x200',
      [series('mailbox_calls_total', 'outcome="answered"')]: '0+5x200',
      [series('mailbox_calls_total', 'outcome="not_found"')]: '0+5x200',
      [series('database_events_total', 'event="pool_replaced"')]: '0+1x200',
      [series('pool_waiting_lookups')]: '0 0 3 0 0x196',
      [series('event_loop_longest_lag_seconds')]: '0.004x100 0.9 0.9 0.004x98',
      [series('log_lines_dropped_total')]: '12x200',
      [series('repeated_signatures_total')]: '1x200',
    },
    at: '90m',
    fires: [],
  },
  {
    what: 'the server is gone',
    values: { 'up{job="helpscout-sidebar",instance="a"}': '1 1 0x20' },
    at: '6m',
    fires: ['SidebarDown'],
  },
  {
    what: 'another server is gone',
    values: { 'up{job="another",instance="a"}': '0x20' },
    at: '6m',
    fires: [],
  },
  {
    what: 'the database is away',
    values: { [series('database_up')]: '1 1 0x20' },
    at: '5m',
    fires: ['SidebarDatabaseDown'],
  },
  {
    what: 'the database was away for a moment',
    values: { [series('database_up')]: '1 1 0 1x20' },
    at: '2m',
    fires: [],
  },
  {
    what: 'lookups time out',
    values: { [series('lookup_failures_total', 'class="57014"')]: '0 0 0+2x20' },
    at: '8m',
    fires: ['SidebarLookupsFail'],
  },
  {
    what: 'old answers are given',
    values: { [series('answers_total', 'endpoint="legacy",outcome="stale"')]: '0 0 0+1x20' },
    at: '6m',
    fires: ['SidebarStaleAnswers'],
  },
  {
    what: 'a view broke, once',
    values: { [series('answers_total', 'endpoint="legacy",outcome="broken"')]: '0 0 0 1x20' },
    at: '4m',
    fires: ['SidebarMisconfigured'],
  },
  {
    what: 'nobody can be told anything',
    values: { [series('answers_total', 'endpoint="legacy",outcome="busy"')]: '0 0 0+1x20' },
    at: '6m',
    fires: ['SidebarApologies'],
  },
  {
    what: 'some requests are signed with another key',
    values: {
      [series('refusals_total', 'class="mismatch"')]: '0 0+1x30',
      [series('signatures_total', 'key="current"')]: '0+1x31',
    },
    at: '8m',
    fires: ['SidebarRefusals'],
  },
  {
    what: 'nothing is signed with the right key any more',
    values: {
      [series('refusals_total', 'class="mismatch"')]: '0 0+1x80',
      [series('signatures_total', 'key="current"')]: '100x81',
    },
    at: '35m',
    fires: ['SidebarNothingProven', 'SidebarRefusals'],
  },
  {
    what: 'the key before ends in two days, and signs',
    values: {
      [series('signatures_total', 'key="previous"')]: '0+1x100',
      [series('signatures_total', 'key="current"')]: '0+1x100',
      [series('previous_key_end_timestamp_seconds')]: `${2 * day}x100`,
    },
    at: '30m',
    fires: ['SidebarPreviousKeyEnds'],
  },
  {
    what: 'the key before signs, and ends in a month',
    values: {
      [series('signatures_total', 'key="previous"')]: '0+1x100',
      [series('previous_key_end_timestamp_seconds')]: `${30 * day}x100`,
    },
    at: '30m',
    fires: [],
  },
  {
    what: 'a captured request is sent again and again',
    values: { [series('repeated_signatures_total')]: '0 0 1x20' },
    at: '5m',
    fires: ['SidebarRepeatedSignatures'],
  },
  {
    what: 'lookups wait for connections',
    values: { [series('pool_waiting_lookups')]: '0 0 3x20' },
    at: '5m',
    fires: ['SidebarWaitsForConnections'],
  },
  {
    what: 'lookups are slow',
    values: {
      [series('lookup_seconds_bucket', 'le="0.25"')]: '0+1x60',
      [series('lookup_seconds_bucket', 'le="0.5"')]: '0+5x60',
      [series('lookup_seconds_bucket', 'le="+Inf"')]: '0+5x60',
    },
    at: '25m',
    fires: ['SidebarLookupsSlow'],
  },
  {
    what: 'the processor is taken',
    values: { [series('event_loop_longest_lag_seconds')]: '0.01 0.4x30' },
    at: '8m',
    fires: ['SidebarEventLoopLag'],
  },
  {
    what: 'the Mailbox API refuses us',
    values: { [series('mailbox_calls_total', 'outcome="refused"')]: '0 0 0+1x20' },
    at: '6m',
    fires: ['SidebarMailboxFails'],
  },
  {
    what: 'the query returns somebody else',
    values: { [series('database_events_total', 'event="unasked_rows"')]: '0 0 1x20' },
    at: '5m',
    fires: ['SidebarForeignRows'],
  },
  {
    what: 'lines of the log are lost',
    values: { [series('log_lines_dropped_total')]: '0 0 40x20' },
    at: '5m',
    fires: ['SidebarLogLinesDropped'],
  },
];

test('each alert fires when it must, and no other with it', () => {
  const named = [...readFileSync(rules, 'utf8').matchAll(/- alert: (\w+)/g)].map(
    ([, name]) => name,
  );
  expect([...new Set(cases.flatMap(({ fires }) => fires))].sort()).toEqual(named.sort());

  const temporary = mkdtempSync(join(tmpdir(), 'alerts-'));
  onTestFinished(() => rmSync(temporary, { recursive: true }));
  const file = join(temporary, 'cases.yaml');
  // YAML takes JSON.
  const tests = {
    rule_files: [rules],
    evaluation_interval: '30s',
    tests: cases.map(({ what, values, at, fires }) => ({
      name: what,
      interval: '30s',
      input_series: Object.entries(values).map(([series, values]) => ({ series, values })),
      promql_expr_test: [
        {
          expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
          eval_time: at,
          exp_samples: fires.map((name) => ({ labels: `{alertname="${name}"}`, value: 1 })),
        },
      ],
    })),
  };
  writeFileSync(file, JSON.stringify(tests));
  expect(promtool('test', 'rules', file)).toContain('SUCCESS');
});
