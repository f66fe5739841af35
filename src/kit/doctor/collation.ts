import { tokensOf } from '../../postgres/sql.ts';

/** How the query collates a column before it folds or compares it, as in `lower(email collate "C")`. */
export function collationOf(sql: string, column: string): string | null {
  const code = tokensOf(sql).filter(({ kind }) => kind !== 'comment');
  const text = code.map((token) => token.text).join('');
  const collated = new RegExp(
    `(?<![\\w"])(${escaped(column)}(?:::\\w+)?\\s+collate\\s+(?:"[^"]+"|\\w+))`,
    'i',
  );
  return collated.exec(text)?.[1] ?? null;
}

/** A text as a regular expression matches it. */
export const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
