import pg from 'pg';
import type { Column, Kind } from './columns.ts';

/** Characters of a text that are read; the sidebar shows 200. */
const maxTextLength = 2_000;

/** Of a list or JSON value that is read; a larger one says so in its place. */
const maxValueBytes = 64 * 1024;

/** More than a sidebar shows, so that a query without a limit cannot fill the memory either. */
const maxRows = 20;

/** Null, or a column of the row whose value was too large to be read. */
export const tooLargeColumn = 'helpscout_sidebar_too_large';

/**
 * The account query as it is sent. Postgres cuts long texts and leaves out large values: a single
 * one of some megabytes would fill the memory of a small container. Columns that are left out are null,
 * of the same type, and Postgres does not compute them.
 */
export function boundQuery(
  statement: string,
  columns: readonly Column[],
  isLeftOut: (name: string) => boolean = () => false,
): string {
  const large: string[] = [];
  const selected = columns.map(({ name, kind, type }) => {
    const column = `account.${pg.escapeIdentifier(name)}`;
    const as = `as ${pg.escapeIdentifier(name)}`;
    // JSON as text cannot be cut.
    const isWhole = name === 'links' && kind === 'text';
    const value = isWhole ? `${column}::text` : bounded(column, kind, type);
    if (isLeftOut(name)) return `case when false then ${value} end ${as}`;
    if (!isWhole && !sentAsJson.has(kind)) return `${value} ${as}`;
    const isLarge = `octet_length(${column}::text) > ${maxValueBytes}`;
    large.push(`when ${isLarge} then ${pg.escapeLiteral(name)}`);
    return `case when ${isLarge} then '"too large to show"' else ${value} end ${as}`;
  });
  const tooLarge = large.length === 0 ? 'null::text' : `case ${large.join(' ')} end`;
  return `select ${selected.join(', ')}, ${tooLarge} as ${tooLargeColumn}
from (
${statement}
) as account
limit ${maxRows}`;
}

const sentAsJson: ReadonlySet<Kind> = new Set<Kind>(['list', 'json', 'record']);

function bounded(column: string, kind: Kind, type: string): string {
  if (sentAsJson.has(kind)) return /^jsonb?$/.test(type) ? column : `to_json(${column})`;
  // As text, an inet has a netmask that Postgres does not write otherwise.
  const isText = (kind === 'text' || kind === 'other') && type !== 'inet';
  return isText ? `left(${column}::text, ${maxTextLength})` : column;
}
