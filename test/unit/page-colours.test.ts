import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { pageFile } from '../../src/domain/package-files.ts';
import { contrast } from '../contrast.ts';

// The platform app's page in light and in dark: each colour that a text may have, whether or not the
// views use it today. https://www.w3.org/TR/WCAG22/#contrast-minimum

const css = readFileSync(pageFile('page.css'), 'utf8');
const [light = new Map(), dark = new Map()] = [...css.matchAll(/:root \{(.*?)\}/gs)].map(
  ([, block = '']) =>
    new Map([...block.matchAll(/--([\w-]+): (#\w+);/g)].map(([, name, hex]) => [name, hex])),
);

test('is measured as WCAG does', () => {
  expect(contrast('#fff', '#000000')).toBe(21);
  expect(contrast('#777777', '#fff')).toBeCloseTo(4.48, 2);
});

const texts = ['text', 'quiet', 'link', 'blue', 'green', 'red', 'orange', 'purple'];

describe.each([
  ['light', light],
  ['dark', dark],
])('in %s', (_, colours) => {
  const colour = (name: string): string => colours.get(name) ?? '';

  test('has all of its colours', () => {
    expect([...colours.keys()].sort()).toEqual([...texts, 'line', 'on-badge', 'page'].sort());
  });

  test.each(texts)('%s can be read on the page', (name) => {
    expect(contrast(colour(name), colour('page'))).toBeGreaterThanOrEqual(4.5);
  });

  test.each(['quiet', 'blue', 'green', 'red', 'orange', 'purple'])(
    'a badge in %s can be read',
    (name) => {
      expect(contrast(colour('on-badge'), colour(name))).toBeGreaterThanOrEqual(4.5);
    },
  );
});

test('nothing fades a text', () => {
  expect(css.replace(/input::placeholder \{.*?\}/s, '')).not.toContain('opacity');
});
