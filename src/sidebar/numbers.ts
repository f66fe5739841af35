import { isIdentifier, isYear } from '../domain/name-words.ts';
import { memoize } from './memoize.ts';

/** A number in the digits that Postgres wrote, by the name of what it counts. */
export type ShowNumber = (name: string, digits: string, currency?: string) => string;

/** Grouped as `locale` does it, but for what identifies something and is copied. */
export function createShowNumber(locale: string): ShowNumber {
  const formatter = memoize(
    maxFormatters,
    (decimals: number) =>
      new Intl.NumberFormat(locale, {
        minimumFractionDigits: decimals,
        maximumFractionDigits: decimals,
      }),
  );
  const money = memoize(maxFormatters, (key: string) => {
    const [currency = '', decimals] = key.split(' ');
    const style = { style: 'currency', currency } as const;
    const { maximumFractionDigits: usual = 0 } = new Intl.NumberFormat(
      locale,
      style,
    ).resolvedOptions();
    const fraction = Math.max(usual, Number(decimals));
    return new Intl.NumberFormat(locale, {
      ...style,
      minimumFractionDigits: fraction,
      maximumFractionDigits: fraction,
    });
  });

  return (name, digits, currency) => {
    const plain = plainNumber.exec(digits);
    // 1e400 is infinite to Intl.
    if (plain === null) return digits;
    const [, fraction = ''] = plain;
    const number = digits as Intl.StringNumericLiteral;
    if (currency !== undefined)
      return money(`${currency.toUpperCase()} ${fraction.replace(/0+$/, '').length}`).format(
        number,
      );
    if (fraction === '' && isUngrouped(name, digits)) return digits;
    // A division in Postgres makes sixteen decimals of nothing but zeros.
    const decimals = fraction.length > 10 ? fraction.replace(/0+$/, '').padEnd(2, '0') : fraction;
    return formatter(decimals.length).format(number);
  };
}

const plainNumber = /^-?\d{1,40}(?:\.(\d{1,20}))?$/;

const maxFormatters = 50;

/** What identifies something is copied, and years are no quantities. */
function isUngrouped(name: string, digits: string): boolean {
  const kind = kindOfName(name);
  return kind.isIdentifier || (kind.isYear && digits.length === 4);
}

const kindOfName = memoize(1_000, (name: string) => ({
  isIdentifier: isIdentifier(name),
  isYear: isYear(name),
}));
