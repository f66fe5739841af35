import { expect, test } from 'vitest';
import { createShowNumber } from '../../src/sidebar/numbers.ts';

const number = createShowNumber('en-GB');

test.each([
  ['1234.50', '1,234.50'],
  ['0.1000000000000000', '0.10'],
  ['0.12345678901234567891', '0.12345678901234567891'],
  ['123456789012345678901234567890', '123,456,789,012,345,678,901,234,567,890'],
  ['1e+20', '1e+20'],
  ['-0', '-0'],
])('%s visits are %s', (digits, text) => {
  expect(number('visits', digits)).toBe(text);
});

test.each([
  ['de-DE', '1.234,50', '1.234,50\u00a0€'],
  ['en-IN', '1,234.50', '€1,234.50'],
])('numbers and amounts are those of %s', (locale, plain, money) => {
  const show = createShowNumber(locale);
  expect(show('visits', '1234.50')).toBe(plain);
  expect(show('mrr', '1234.5', 'eur')).toBe(money);
  expect(show('customer_id', '1234')).toBe('1234');
});

test('a number of a million digits costs no more than a text of them', () => {
  expect(number('visits', '1'.repeat(1_000_000))).toHaveLength(1_000_000);
});
