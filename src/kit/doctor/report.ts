import type { Finding } from '../../domain/finding.ts';

const marks = {
  right: { sign: '✓', colour: 32 },
  advice: { sign: '!', colour: 33 },
  wrong: { sign: '✗', colour: 31 },
  skipped: { sign: '–', colour: 90 },
} as const;

const checkWidth = 13;

/** A finding for a terminal: what was found on a line, and what to do below it. */
export function toLines({ check, state, says, todo }: Finding, inColour: boolean): string {
  const { sign, colour } = marks[state];
  const mark = inColour ? `\u001b[${colour}m${sign}\u001b[39m` : sign;
  const [first = '', ...rest] = todo?.split('\n') ?? [];
  const remedy = todo === null ? [] : [`→ ${first}`, ...rest.map((line) => `  ${line}`)];
  return [
    `${mark} ${check.padEnd(checkWidth)} ${plain(says)}`,
    ...remedy.map((line) => `${' '.repeat(checkWidth + 3)}${line}`),
  ].join('\n');
}

/** What databases and servers say, without the control characters that a terminal would obey. */
const plain = (text: string) => text.replace(/\p{Cc}+/gu, ' ');

export function toSummary(findings: readonly Finding[]): string {
  const count = (state: Finding['state']) =>
    findings.filter((finding) => finding.state === state).length;
  const wrong = count('wrong');
  const aside = [
    [count('advice'), 'worth a thought'],
    [count('skipped'), 'not examined'],
  ]
    .filter(([number]) => number !== 0)
    .map(([number, what]) => `${number} ${what}`);
  const verdict = wrong === 0 ? 'Nothing is wrong' : `${wrong} wrong`;
  return `${[verdict, ...aside].join(', ')}.`;
}
