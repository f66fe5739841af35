import { command } from './command.ts';
import { readUrl, runTool, UsageError, type Values, withOptions } from './command-line.ts';
import { examine } from './doctor/examine.ts';
import type { Finding } from './doctor/finding.ts';
import { paint, withoutControls } from './terminal.ts';

const usage = `Checks this deployment, and says how to fix what is wrong.

  ${command('doctor', '[--url URL] [--app KIND] [--json]')}

  --url     also check the public Callback URL, as Help Scout would call it
  --app     the kind of app that must work: legacy, or platform; without it both are checked, and a
            deployment that works only for a legacy app passes
  --json    print the findings as JSON at the end
  --help    print this

It checks the settings of the environment and .env, the database, the query and the server.
✓ right, ✗ wrong, ! warning, – skipped. It reads no customer and changes nothing.
The exit status is 0 when nothing is wrong, 1 when something is, 2 when the arguments are wrong.`;

const options = {
  url: { type: 'string' },
  app: { type: 'string' },
  json: { type: 'boolean' },
} as const;

async function doctor({ url, app, json }: Values<typeof options>): Promise<number> {
  const callbackUrl = url === undefined ? null : readUrl(url, 'doctor');
  if (app !== undefined && app !== 'legacy' && app !== 'platform')
    throw new UsageError(`--app must be legacy or platform, but is "${app}".`, 'doctor');
  const findings: Finding[] = [];
  const deployment = { env: process.env, callbackUrl, openDemo, now: () => new Date() };
  for await (const finding of examine({ ...deployment, app: app ?? null })) {
    findings.push(finding);
    if (!json) console.log(toLines(finding));
  }
  const isRight = findings.every(({ state }) => state !== 'wrong');
  console.log(json ? JSON.stringify({ isRight, findings }, null, 2) : `\n${toSummary(findings)}`);
  return isRight ? 0 : 1;
}

/** Loaded on demand: a production install has neither the demo nor its Postgres. */
async function openDemo() {
  const demo = await import('./demo/demo.ts');
  return demo.openDemo(new Date(), console.error);
}

const marks = {
  right: paint('✓', 'green'),
  advice: paint('!', 'orange'),
  wrong: paint('✗', 'red'),
  skipped: paint('–', 'muted'),
};

const checkWidth = 13;

/** What was found on one line, and what to do on the lines below. */
function toLines({ check, state, says, todo }: Finding): string {
  const indent = `\n${' '.repeat(checkWidth + 3)}`;
  const remedy = todo === null ? '' : `${indent}→ ${todo.replaceAll('\n', `${indent}  `)}`;
  return `${marks[state]} ${check.padEnd(checkWidth)} ${withoutControls(says)}${remedy}`;
}

function toSummary(findings: readonly Finding[]): string {
  const count = (state: Finding['state']) =>
    findings.filter((finding) => finding.state === state).length;
  const [wrong, warnings, skipped] = [count('wrong'), count('advice'), count('skipped')];
  const parts = [
    wrong === 0 ? 'Nothing is wrong' : `${wrong} wrong`,
    warnings > 0 && `${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`,
    skipped > 0 && `${skipped} skipped`,
  ];
  return `${parts.filter(Boolean).join(', ')}.`;
}

await runTool(withOptions('doctor', usage, options, doctor));
