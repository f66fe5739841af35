import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { pageFile } from '../../src/domain/package-files.ts';

// The platform app's page in light and in dark: each colour that a text may have, whether or not the
// views use it today. https://www.w3.org/TR/WCAG22/#contrast-minimum

const css = readFileSync(pageFile('page.css'), 'utf8');
const [light = new Map(), dark = new Map()] = [...css.matchAll(/:root \{(.*?)\}/gs)].map(
  ([, block = '']) =>
    new Map([...block.matchAll(/--([\w-]+): (#\w+);/g)].map(([, name, hex]) => [name, hex])),
);

/** https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
function luminance(hex: string): number {
  const digits = hex.length === 4 ? hex.replace(/\w/g, '$&$&') : hex;
  const [red = 0, green = 0, blue = 0] = (digits.match(/\w\w/g) ?? []).map((pair) => {
    const part = Number.parseInt(pair, 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [lighter = 0, darker = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (lighter + 0.05) / (darker + 0.05);
}

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
