import { contractVersion } from '../../postgres/contract.ts';
import { command } from '../command.ts';
import { choicesOf, warningsOf } from './candidates.ts';
import type { Draft } from './draft.ts';
import type { Join, MissingIndex } from './joins.ts';
import { declare, refsIn, type Sql, write } from './sql.ts';
import type { Expression, Fact } from './values.ts';

const asColumn = 33;
const noteColumn = 52;
const maxWidth = 100;

/** The draft as a commented `account.sql`. */
export function writeDraft(draft: Draft): string {
  const joins = usedJoins(draft);
  const unused = draft.joins.filter((join) => !joins.includes(join)).map(({ alias }) => alias);
  const query = [
    'select',
    ...selectList(draft.facts, unused),
    write(draft.from),
    ...joins.map((join) => writeJoin(join, draft)),
    `order by ${orderBy(draft)}`,
    'limit 11;',
    '',
  ].join('\n');
  return `${header(draft, query)}\n${query}`;
}

/** Only the joins that a fact is read from, and those that lead there. */
function usedJoins({ facts, joins }: Draft): Join[] {
  const needed = new Set(facts.flatMap(({ chosen }) => aliasesIn(chosen?.value ?? [])));
  const used = joins.toReversed().filter((join) => {
    if (!needed.has(join.alias)) return false;
    for (const alias of aliasesIn(conditionsOf(join))) needed.add(alias);
    return true;
  });
  return used.reverse();
}

const aliasesIn = (piece: Sql) => refsIn(piece).map(({ alias }) => alias);

function conditionsOf(join: Join): Sql {
  if (join.type === 'lateral') return join.body;
  return join.type === 'first' ? [...join.on, ...join.orderBy] : join.on;
}

function header({ database, facts, notes, missingIndexes }: Draft, query: string): string {
  const notFound = facts.filter(({ chosen, alternatives }) => !chosen && alternatives.length === 0);
  const lines = [
    `A draft by ${command('draft-query')} for the database ${database}: read it, then change it.`,
    '',
    "$1 is text[]: the customer's addresses with A-Z in lower case, the preferred one first.",
    'Return a row for each account, best match first. A fact that is null, or missing, is not shown.',
    `helpscout-sidebar contract ${contractVersion}`,
    '',
    ...choicesOf(notes),
    ...(notFound.length > 0 ? ['', `Not found: ${notFound.map(({ as }) => as).join(', ')}.`] : []),
    ...warningsOf(notes).flatMap((warning) => ['', warning]),
    ...indexAdvice(missingIndexes.filter(({ table }) => query.includes(table.quoted))),
  ];
  return lines.flatMap(wrap).map(comment).join('\n').concat('\n');
}

function indexAdvice(missing: readonly MissingIndex[]): string[] {
  if (missing.length === 0) return [];
  const statements = missing.flatMap(({ table, expression, note }) => {
    const rows = table.rows === null ? '' : `, of about ${table.rows.toLocaleString('en')} rows`;
    const concurrently = table.isPartitioned ? '' : ' concurrently';
    return [
      `  create index${concurrently} on ${table.quoted} (${expression});`,
      `    -- ${note}${rows}`,
    ];
  });
  return ['', 'Missing indexes, without which a lookup reads a whole table:', ...statements];
}

/** Whatever a name contains, it stays in its comment. */
const comment = (text: string) =>
  `--${text === '' ? '' : ' '}${text.replace(/\s*[\r\n]+\s*/g, ' ')}`;

/** Breaks long prose between words; a statement to be pasted stays whole. */
function wrap(text: string): string[] {
  if (text.length <= maxWidth - 3 || /^ +(create|--) /.test(text)) return [text];
  const margin = /^(\w+: +| +)/.exec(text)?.[0].length ?? 0;
  const end = text.lastIndexOf(' ', maxWidth - 3);
  if (end <= margin) return [text];
  return [text.slice(0, end), ...wrap(' '.repeat(margin) + text.slice(end + 1))];
}

function selectList(facts: readonly Fact[], unusedAliases: readonly string[]): string[] {
  const last = facts.findLast(({ chosen }) => chosen !== null);
  // An alternative must run when its comment marks go, so it may only use what is joined.
  const runs = ({ value }: Expression) =>
    !aliasesIn(value).some((alias) => unusedAliases.includes(alias));
  const lines = facts.flatMap((fact) => [
    ...(fact.chosen ? column(fact.as, fact.chosen, fact === last ? '' : ',') : []),
    ...fact.alternatives.filter(runs).map((expression) => alternative(fact.as, expression)),
  ]);
  return lines.map(indent);
}

const indent = (text: string) => `  ${text}`;

/** A column of the select list, its note behind it or, where there is no room, above. */
function column(as: string, { value, note }: Expression, comma: string): string[] {
  const named = `${aliased(write(value), as)}${comma}`;
  if (note === null) return [named];
  const beside = withNote(named, note);
  return beside.length <= maxWidth - 2 ? [beside] : [`-- ${note}`, named];
}

function alternative(as: string, { value, note }: Expression): string {
  const named = `${aliased(`-- ${write(value).replace(/\s*\n\s*/g, ' ')}`, as)},`;
  return note === null ? named : withNote(named, note);
}

const withNote = (line: string, note: string) => `${line.padEnd(noteColumn - 3)} -- ${note}`;

function aliased(text: string, as: string): string {
  if (text.endsWith(`.${as}`)) return text;
  const lastLine = text.split('\n').at(-1) ?? '';
  const indented = lastLine === text ? 2 : 0;
  return `${text}${' '.repeat(Math.max(1, asColumn - indented - lastLine.length))}as ${as}`;
}

function writeJoin(join: Join, draft: Draft): string {
  const note = join.note === null ? '' : `  -- ${join.note}`;
  if (join.type === 'left') return `left join ${declare(join)} on ${write(join.on)}${note}`;
  const body = join.type === 'lateral' ? write(join.body) : firstRow(join, draft);
  const lines = body.split('\n').map(indent);
  return [`left join lateral (${note}`, ...lines, `) as ${join.alias} on true`].join('\n');
}

function firstRow(
  { alias, table, on, orderBy }: Extract<Join, { type: 'first' }>,
  draft: Draft,
): string {
  const columns = columnsUsed(alias, draft);
  const isWide = columns.join(', ').length > maxWidth - 20;
  return [
    `select${isWide ? `\n  ${columns.join(',\n  ')}` : ` ${columns.join(', ')}`}`,
    `from ${declare({ table, alias })}`,
    `where ${write(on)}`,
    ...(orderBy.length > 0 ? [`order by ${write(orderBy)}`] : []),
    'limit 1',
  ].join('\n');
}

/** Those that the rest of the draft uses of a subquery, in its alternatives, too. */
function columnsUsed(alias: string, { facts, joins }: Draft): string[] {
  const pieces = [
    ...facts.flatMap(({ chosen, alternatives }) =>
      [chosen, ...alternatives].map((expression) => expression?.value ?? []),
    ),
    ...joins.filter((join) => join.alias !== alias).map(conditionsOf),
  ];
  const columns = pieces.flatMap(refsIn).filter((ref) => ref.alias === alias);
  return [...new Set(columns.map((ref) => write([ref])))];
}

function orderBy({ facts, preference }: Draft): string {
  const has = (as: string) => facts.some((fact) => fact.as === as && fact.chosen !== null);
  return [
    write([preference]),
    ...(has('is_owner') ? ['is_owner desc nulls last'] : []),
    ...(has('company_name') ? ['company_name'] : []),
  ].join(', ');
}
