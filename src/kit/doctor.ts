import { parseArgs } from 'node:util';
import { command } from '../domain/command.ts';
import type { Finding } from '../domain/finding.ts';
import { loadEnvironment } from '../server/environment.ts';
import { examine } from './doctor/examine.ts';
import { toLines, toSummary } from './doctor/report.ts';
import { wrongWords } from './usage.ts';

const usage = `Tells whether this deployment is right, and what to do where it is not.

  ${command('doctor', '[--url URL] [--app KIND] [--json]')}

  --url     also ask the public Callback URL, as Help Scout would
  --app     the kind of app that must work: legacy, or platform; without it both are examined, and
            it is no fault when only a legacy app would know who a customer is
  --json    print the findings as JSON when all is done
  --help    print this

It examines the settings of the environment and of .env: ✓ is right, ✗ is wrong, ! is worth a thought,
– could not be examined. It reads no customer and changes nothing.
The status is 0 when nothing is wrong, 1 when something is, 2 when it was called wrongly.`;

/** What the person who called must do otherwise, in words. */
class DoctorError extends Error {}

async function doctor(args: string[]): Promise<number> {
  const { url: callbackUrl, app, json, help } = readArguments(args);
  if (help) {
    console.log(usage);
    return 0;
  }
  const findings: Finding[] = [];
  const now = () => new Date();
  const examination = examine({ env: process.env, callbackUrl, app, openDemo, now });
  for await (const finding of examination) {
    findings.push(finding);
    if (!json) console.log(toLines(finding, inColour()));
  }
  const isRight = findings.every(({ state }) => state !== 'wrong');
  console.log(json ? JSON.stringify({ isRight, findings }, null, 2) : `\n${toSummary(findings)}`);
  return isRight ? 0 : 1;
}

function readArguments(args: string[]) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        url: { type: 'string' },
        app: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const { url, app } = values;
    return { ...values, url: url === undefined ? null : readUrl(url), app: readApp(app) };
  } catch (error) {
    throw new DoctorError(wrongWords(error, 'doctor'));
  }
}

function readApp(app: string | undefined): 'legacy' | 'platform' | null {
  if (app === undefined || app === 'legacy' || app === 'platform') return app ?? null;
  throw new DoctorError(`--app must be legacy or platform, but is "${app}"`);
}

function readUrl(text: string): URL {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new DoctorError(`--url must be a web address, but is "${text}"`);
  return new URL(text);
}

/** Loaded only here: a production install has neither the demo nor its Postgres. */
async function openDemo() {
  const demo = await import('./demo/demo.ts');
  return demo.openDemo(new Date(), console.error);
}

/** https://no-color.org */
const inColour = () => process.stdout.isTTY && !process.env['NO_COLOR'];

loadEnvironment();
try {
  process.exitCode = await doctor(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof DoctorError ? error.message : error);
  process.exitCode = error instanceof DoctorError ? 2 : 1;
}
