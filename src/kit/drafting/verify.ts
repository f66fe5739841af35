import type pg from 'pg';
import type { Draft } from './draft.ts';
import { writeDraft } from './write.ts';

/**
 * The draft without the facts that make it fail here, each of which becomes a warning. No row is
 * read: Postgres plans the query and opens its tables, and is asked for none of the rows.
 */
export async function verify(client: pg.ClientBase, draft: Draft): Promise<Draft> {
  if ((await failureOf(client, draft)) === null) return draft;
  let kept: Draft = { ...draft, facts: draft.facts.filter(({ as }) => as === 'email') };
  const failure = await failureOf(client, kept);
  if (failure !== null) throw new Error(`The draft does not run on this database: ${failure}`);

  for (const fact of draft.facts.filter(({ as }) => as !== 'email')) {
    const more: Draft = { ...kept, facts: [...kept.facts, fact] };
    const fault = fact.chosen && (await failureOf(client, more));
    kept = fault
      ? { ...kept, warnings: [...kept.warnings, `Left out ${fact.as}: ${fault}.`] }
      : more;
  }
  return kept;
}

/** Why Postgres does not run it, or null. */
async function failureOf(client: pg.ClientBase, draft: Draft): Promise<string | null> {
  const text = writeDraft(draft).replace(/;\s*$/, '');
  await client.query('savepoint draft');
  try {
    await client.query(`select * from (\n${text}\n) as draft limit 0`, [[]]);
    return null;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await client.query('rollback to savepoint draft');
  }
}
