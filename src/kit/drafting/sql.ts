/** A column of one of the draft's sources; both names as they must be written. */
export type Ref = Readonly<{ of: string; column: string }>;

/** A piece of SQL that still knows which columns it uses. */
export type Sql = readonly (string | Ref)[];

/** sql`lower(${ref}) = 'owner'`. A string that is put in is taken as SQL: quote it first. */
export function sql(texts: TemplateStringsArray, ...values: (string | Ref | Sql)[]): Sql {
  return texts.flatMap((text, i) => {
    const value = values[i];
    return value === undefined
      ? [text]
      : [text, ...(Array.isArray(value) ? value : [value as Ref])];
  });
}

export const refsIn = (piece: Sql) => piece.filter((part) => typeof part !== 'string');

export const write = (piece: Sql) =>
  piece.map((part) => (typeof part === 'string' ? part : `${part.of}.${part.column}`)).join('');

export const join = (pieces: readonly Sql[], separator: string): Sql =>
  pieces.flatMap((piece, i) => (i === 0 ? piece : [separator, ...piece]));

export const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;
