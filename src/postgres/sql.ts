import {
  type Context,
  type ContextKey,
  contextKeys,
  sharedContextKeys,
} from '../domain/context.ts';

export type Token = {
  /** `name` is a keyword or an identifier, `quoted` an identifier in double quotes. */
  kind: 'space' | 'comment' | 'text' | 'quoted' | 'name' | 'parameter' | 'other';
  text: string;
  /** Where it begins in the SQL text. */
  index: number;
};

/**
 * Each as Postgres reads it; what is never closed goes to the end, and Postgres refuses it.
 * https://www.postgresql.org/docs/current/sql-syntax-lexical.html
 */
const lexemes: readonly (readonly [Token['kind'], RegExp])[] = [
  ['space', /\s+/y],
  ['comment', /--[^\n\r]*/y],
  // E'': a backslash escapes; a text that goes on after a line break keeps to it.
  ['text', /[eE]'(?:[^'\\]|\\[\s\S]|''|'\s*[\n\r]\s*')*'?/y],
  ['text', /(?:[uU]&)?'(?:[^']|'')*'?/y],
  ['quoted', /(?:[uU]&)?"(?:[^"]|"")*"?/y],
  ['text', /\$([A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$[\s\S]*?(?:\$\1\$|$)/y],
  ['parameter', /\$\d+/y],
  ['name', /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y],
];

/** The whole of an SQL text in pieces: nothing is left out, so that they joined are the text. */
export function tokensOf(sql: string): Token[] {
  const tokens: Token[] = [];
  for (let index = 0; index < sql.length; ) {
    const token = tokenAt(sql, index);
    tokens.push(token);
    index += token.text.length;
  }
  return tokens;
}

function tokenAt(sql: string, index: number): Token {
  if (sql.startsWith('/*', index))
    return { kind: 'comment', text: blockComment(sql, index), index };
  for (const [kind, lexeme] of lexemes) {
    lexeme.lastIndex = index;
    const [text] = lexeme.exec(sql) ?? [];
    if (text !== undefined) return { kind, text, index };
  }
  return { kind: 'other', text: sql.charAt(index), index };
}

/** Postgres nests them, which no regular expression can follow. */
function blockComment(sql: string, from: number): string {
  let depth = 0;
  const marks = /\/\*|\*\//g;
  marks.lastIndex = from;
  for (let mark = marks.exec(sql); mark !== null; mark = marks.exec(sql)) {
    depth += mark[0] === '/*' ? 1 : -1;
    if (depth === 0) return sql.slice(from, marks.lastIndex);
  }
  return sql.slice(from);
}

/** What a name or a parameter is called, and null for other tokens. */
export function nameOf({ kind, text }: Token): string | null {
  if (kind === 'parameter') return text;
  if (kind === 'name') return text.toLowerCase();
  return kind === 'quoted' ? text.replace(/^[^"]*"|"$/g, '').replaceAll('""', '"') : null;
}

/** The parameters of an SQL text, each once. */
export function parametersOf(sql: string): string[] {
  const parameters = tokensOf(sql).filter(({ kind }) => kind === 'parameter');
  return [...new Set(parameters.map(({ text }) => text))].sort();
}

/** Whether a query finds accounts by `$2`, the customer's id in Help Scout, as well. */
export const asksForCustomerId = (sql: string): boolean => parametersOf(sql).includes('$2');

/** Whether a query reads `$3`, the context. */
export const asksForContext = (sql: string): boolean => parametersOf(sql).includes('$3');

/**
 * The keys of `$3` for this query: those that colleagues share, those that it names, and those of a
 * comment `-- context: agentId`. It is given no others, so that caches tell apart all that it reads.
 */
export function contextKeysOf(sql: string): ContextKey[] {
  if (!asksForContext(sql)) return [];
  const named = tokensOf(sql)
    .filter(({ kind, text }) => kind !== 'comment' || /^--\s*context:/.test(text))
    .map(({ text }) => text)
    .join(' ');
  const isNamed = (key: ContextKey) => new RegExp(`\\b${key}\\b`).test(named);
  return contextKeys.filter((key) => sharedContextKeys.includes(key) || isNamed(key));
}

/** The query as it is sent: `$3` is jsonb, and no number may be missing before it. */
export function asSent(sql: string): string {
  const context = `(${asksForCustomerId(sql) ? '$3' : '$2'}::jsonb)`;
  return tokensOf(sql)
    .map(({ kind, text }) => (kind === 'parameter' && text === '$3' ? context : text))
    .join('');
}

/** The values of the parameters that a query names. */
export function valuesFor(
  sql: string,
): <T>(emails: T, customerId: string | null, context: Context) => (T | string | null)[] {
  const [takesId, takesContext] = [asksForCustomerId(sql), asksForContext(sql)];
  return (emails, customerId, context) => [
    emails,
    ...(takesId ? [customerId] : []),
    ...(takesContext ? [JSON.stringify(context)] : []),
  ];
}

/** The contract allows one statement, so a semicolon can only be its end. */
export function withoutSemicolons(sql: string): string {
  const isKept = ({ kind, text }: Token) => kind !== 'other' || text !== ';';
  return tokensOf(sql)
    .filter(isKept)
    .map(({ text }) => text)
    .join('');
}

/** The line of a name's or a parameter's last use: an alias comes after what it renames. */
export function lineOf(sql: string, name: string): number {
  const last = tokensOf(sql).findLast((token) => nameOf(token) === name);
  return last === undefined ? 1 : lineAfter(sql.slice(0, last.index));
}

/** The line that comes after this beginning of a text. */
export const lineAfter = (beginning: string): number => beginning.split('\n').length;

/** What `-- helpscout-sidebar contract N` declares, and its line; null without such a comment. */
export function declaredContract(sql: string): { version: string; line: number } | null {
  for (const { kind, text, index } of tokensOf(sql)) {
    const found = /^--[ \t]*helpscout-sidebar contract\b(.*)$/.exec(text);
    if (kind === 'comment' && found)
      return { version: found[1]?.trim() ?? '', line: lineAfter(sql.slice(0, index)) };
  }
  return null;
}
