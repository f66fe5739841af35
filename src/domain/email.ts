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
