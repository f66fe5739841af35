import { looksSensitive } from '../../postgres/columns.ts';

/** "createdAt", "created_at" and "CREATED AT" are one name to a reader: "createdat". */
export const squash = (name: string) => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

/** Wider than what the server refuses: a draft can do without a column that only may be secret. */
const secret =
  /passw|passphrase|pwd|token|hash|secret|api_?key|access_?key|private_?key|digest|salt|cipher|crypt|bidx|credential|otp_|totp|recovery|nonce|ssn|iban|cvv|cvc/i;

export const isSecret = (name: string) => secret.test(name) || looksSensitive(name);

/** The words of a name, folded: "currentTeamId" and "current_team_id" are current, team, id. */
export const wordsOf = (name: string) =>
  name
    .replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1_$2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');

/** "companies" → "company". Good enough for the nouns that tables are called by. */
export function singular(word: string): string {
  if (word.endsWith('people')) return word.replace(/people$/, 'person');
  if (word.endsWith('ies')) return word.replace(/ies$/, 'y');
  if (/(ss|x|ch|sh|us)es$/.test(word)) return word.slice(0, -2);
  return /[^su]s$/.test(word) ? word.slice(0, -1) : word;
}

/** A table's name as one folded word in the singular: "account_users" → "accountuser". */
export const nounOf = (tableName: string) => singular(squash(tableName));

/** What Rails and Laravel call the class of a table: "line_items" → "LineItem". */
export function classOf(tableName: string): string {
  const words = wordsOf(tableName);
  return words
    .map((word, i) => (i === words.length - 1 ? singular(word) : word))
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}
