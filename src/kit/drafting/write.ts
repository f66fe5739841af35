import { command } from '../../domain/command.ts';
import { contractVersion } from '../../postgres/contract.ts';
import type { Draft, Fact, MissingIndex, Reading, Source } from './draft.ts';
import { declare } from './readings.ts';
import { refsIn, type Sql, write } from './sql.ts';

const asColumn = 33;
const whyColumn = 52;
const widest = 100;

/** The draft as a commented `account.sql`. */
export function writeDraft(draft: Draft): string {
  const sources = used(draft);
  const unused = new Set(draft.sources.filter((source) => !sources.includes(source)));
  const query = [
    'select',
    ...selectList(draft.facts.map((fact) => within(fact, unused))),
    write(draft.start),
    ...sources.map((source) => writeSource(source, draft)),
    `order by ${orderBy(draft)}`,
    'limit 11;',
    '',
  ].join('\n');
  return `${header(draft, query)}\n${query}`;
}

/** Only what a fact is read from, and what leads there. */
function used({ facts, sources }: Draft): Source[] {
  const needed = new Set(
    facts.flatMap(({ chosen }) => refsIn(chosen?.value ?? []).map(({ of }) => of)),
  );
  const kept = sources.toReversed().filter((source) => {
    if (!needed.has(source.alias)) return false;
    for (const { of } of refsIn(conditionsOf(source))) needed.add(of);
    return true;
  });
  return kept.reverse();
}

/** An alternative must run when its comment goes, so it may only use what is joined. */
function within(fact: Fact, unused: ReadonlySet<Source>): Fact {
  const gone = new Set([...unused].map(({ alias }) => alias));
  const runs = ({ value }: Reading) => !refsIn(value).some(({ of }) => gone.has(of));
  return { ...fact, others: fact.others.filter(runs) };
}

function conditionsOf(source: Source): Sql {
  if (source.how === 'lateral') return source.body;
  return source.how === 'pick' ? [...source.on, ...source.orderBy] : source.on;
}

function header(draft: Draft, query: string): string {
  const absent = draft.facts.filter(({ chosen, others }) => !chosen && others.length === 0);
  const width = Math.max(...draft.findings.map(({ about }) => about.length)) + 2;
  const lines = [
    `A draft by ${command('draft-query')} for the database ${draft.database}: read it, then change it.`,
    '',
    '$1 is text[]: the customer’s addresses with A–Z in lower case, the preferred one first.',
    'Return a row for each account, best match first. A fact that is null, or missing, is not shown.',
    `helpscout-sidebar contract ${contractVersion}`,
    '',
    ...draft.findings.map(
      ({ about, text }) => `${about === '' ? '' : `${about}:`}`.padEnd(width) + text,
    ),
    ...(absent.length > 0 ? ['', `Not found: ${absent.map(({ as }) => as).join(', ')}.`] : []),
    ...draft.warnings.flatMap((warning) => ['', warning]),
    ...indexAdvice(draft.missingIndexes.filter(({ table }) => query.includes(table.quoted))),
  ];
  return lines.flatMap(wrap).map(comment).join('\n').concat('\n');
}

function indexAdvice(missing: readonly MissingIndex[]): string[] {
  if (missing.length === 0) return [];
  const statements = missing.flatMap(({ table, expression, why }) => {
    const rows = table.rows === null ? '' : `, of about ${table.rows.toLocaleString('en')} rows`;
    const concurrently = table.isPartitioned ? '' : ' concurrently';
    return [
      `  create index${concurrently} on ${table.quoted} (${expression});`,
      `    -- ${why}${rows}`,
    ];
  });
  return ['', 'Missing indexes, without which a lookup reads a whole table:', ...statements];
}

/** Whatever a name contains, it stays in its comment. */
const comment = (text: string) =>
  `--${text === '' ? '' : ' '}${text.replace(/\s*[\r\n]+\s*/g, ' ')}`;

/** Breaks long prose between words; a statement to be pasted stays whole. */
function wrap(text: string): string[] {
  if (text.length <= widest - 3 || /^ +(create|--) /.test(text)) return [text];
  const margin = /^(\w+: +| +)/.exec(text)?.[0].length ?? 0;
  const end = text.lastIndexOf(' ', widest - 3);
  if (end <= margin) return [text];
  return [text.slice(0, end), ...wrap(' '.repeat(margin) + text.slice(end + 1))];
}

function selectList(facts: readonly Fact[]): string[] {
  const last = facts.findLast(({ chosen }) => chosen !== null);
  return facts.flatMap((fact) => {
    const others = fact.others.map((other) => indent(alternative(fact.as, other)));
    if (!fact.chosen) return others;
    return [...column(fact.as, fact.chosen, fact === last ? '' : ',').map(indent), ...others];
  });
}

const indent = (text: string) => `  ${text}`;

/** A column of the select list, its reason behind it or, where there is no room, above. */
function column(as: string, { value, why }: Reading, comma: string): string[] {
  const named = `${aliased(write(value), as)}${comma}`;
  if (why === null) return [named];
  const beside = `${named.padEnd(whyColumn - 3)} -- ${why}`;
  return beside.length <= widest - 2 ? [beside] : [`-- ${why}`, named];
}

function alternative(as: string, { value, why }: Reading): string {
  const named = `${aliased(`-- ${write(value).replace(/\s*\n\s*/g, ' ')}`, as)},`;
  return why === null ? named : `${named.padEnd(whyColumn - 3)} -- ${why}`;
}

function aliased(text: string, as: string): string {
  if (text.endsWith(`.${as}`)) return text;
  const lastLine = text.split('\n').at(-1) ?? '';
  const indented = lastLine === text ? 2 : 0;
  return `${text}${' '.repeat(Math.max(1, asColumn - indented - lastLine.length))}as ${as}`;
}

function writeSource(source: Source, draft: Draft): string {
  const why = source.why === null ? '' : `  -- ${source.why}`;
  if (source.how === 'lateral') return lateral(source.alias, write(source.body), why);
  if (source.how === 'left') return `left join ${declare(source)} on ${write(source.on)}${why}`;
  const columns = columnsUsed(source.alias, draft);
  const wide = columns.join(', ').length > widest - 20;
  const body = [
    `select${wide ? `\n  ${columns.join(',\n  ')}` : ` ${columns.join(', ')}`}`,
    `from ${declare(source)}`,
    `where ${write(source.on)}`,
    ...(source.orderBy.length > 0 ? [`order by ${write(source.orderBy)}`] : []),
    'limit 1',
  ].join('\n');
  return lateral(source.alias, body, why);
}

const lateral = (alias: string, body: string, why: string) =>
  [`left join lateral (${why}`, ...body.split('\n').map(indent), `) as ${alias} on true`].join(
    '\n',
  );

/** A row that is picked brings only what is used of it, here or by an alternative. */
function columnsUsed(alias: string, { facts, sources }: Draft): string[] {
  const pieces = [
    ...facts.flatMap(({ chosen, others }) =>
      [chosen, ...others].map((reading) => reading?.value ?? []),
    ),
    ...sources.filter((source) => source.alias !== alias).map(conditionsOf),
  ];
  const columns = pieces.flatMap(refsIn).filter(({ of }) => of === alias);
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
