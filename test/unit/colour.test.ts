import { expect, test } from 'vitest';
import { wantsColour } from '../../src/kit/colour.ts';

test.each([
  ['a terminal is painted', {}, true, true],
  ['a pipe is not', {}, false, false],
  ['a terminal that says NO_COLOR is not', { NO_COLOR: '1' }, true, false],
  ['an empty NO_COLOR says nothing', { NO_COLOR: '' }, true, true],
  ['a terminal that cannot is not', { TERM: 'dumb' }, true, false],
  ['a pipe is, where it is forced', { FORCE_COLOR: '1' }, false, true],
  ['force goes before NO_COLOR', { FORCE_COLOR: '3', NO_COLOR: '1' }, false, true],
  ['force can be off', { FORCE_COLOR: '0' }, true, false],
])('%s', (_, env, isTerminal, expected) => {
  expect(wantsColour(env, isTerminal)).toBe(expected);
});
