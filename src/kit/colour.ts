/** The colours that Help Scout's classes stand for, and what makes a terminal's page readable. */
export type Colour = 'red' | 'orange' | 'green' | 'blue' | 'purple' | 'muted' | 'bold';

export type Paint = (text: string, colour: Colour) => string;

export const plainly: Paint = (text) => text;

/** The terminal's own sixteen colours, which its owner chose to be readable. */
const codes: Readonly<Record<Colour, readonly [on: number, off: number]>> = {
  red: [31, 39],
  orange: [33, 39],
  green: [32, 39],
  blue: [34, 39],
  purple: [35, 39],
  muted: [2, 22],
  bold: [1, 22],
};

export const inColour: Paint = (text, colour) => {
  const [on, off] = codes[colour];
  return `\u001b[${on}m${text}\u001b[${off}m`;
};

type Env = Readonly<Record<string, string | undefined>>;

/** Whether to paint: https://no-color.org, which FORCE_COLOR overrides, as in Node itself. */
export function wantsColour(env: Env, isTerminal: boolean): boolean {
  const forced = env['FORCE_COLOR'];
  if (forced) return forced !== '0' && forced !== 'false';
  if (env['NO_COLOR']) return false;
  return isTerminal && env['TERM'] !== 'dumb';
}
