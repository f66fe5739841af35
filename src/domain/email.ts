import { domainToASCII, domainToUnicode } from 'node:url';

/**
 * An address as it is compared: trimmed, and A–Z in lower case. Only ASCII is folded:
 * `toLowerCase` turns the Kelvin sign into a "k" and so makes one person's address another's.
 */
export function foldEmail(email: string): string {
  // Most come folded, and to see that is quicker.
  return isFolded.test(email)
    ? email
    : email.trim().replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

const isFolded = /^[^A-Z\s]*$/;

/**
 * An address in both spellings of an international domain, exämple.com and xn--exmple-cua.com. Each
 * spelling must lead back to the other, so that no look-alike of a domain becomes that domain.
 */
export function spellingsOf(email: string): string[] {
  const start = email.lastIndexOf('@') + 1;
  const domain = email.slice(start);
  if (!isInternational.test(domain)) return [email];
  const both = (name: string) => [domainToASCII(name), domainToUnicode(name)];
  const other = both(domain).find((name) => name !== domain && both(name).includes(domain));
  return other ? [email, email.slice(0, start) + other] : [email];
}

const isInternational = /[^\0-\x7f]|xn--/;
