import { type Column, columnsLike } from './catalogue.ts';
import type { Reading } from './draft.ts';
import { nounOf } from './names.ts';
import { list, type Place, readings, refTo } from './readings.ts';
import { type Hop, isAside, isTextual, type Relations } from './relations.ts';
import { type Sql, sql } from './sql.ts';
import * as called from './vocabulary.ts';

const moduleNoun = /(module|feature|featureflag|addon|entitlement|capability)$/;

/** The modules as a list in one of the places, or as rows that belong to one. */
export function chooseModules(places: readonly (Place | null)[], relations: Relations): Reading[] {
  const seen = new Set<Hop['to']>();
  return places
    .filter((place) => place !== null)
    .flatMap((place) => {
      const hops = relations(place.table).filter(
        (hop) =>
          hop.by === hop.own &&
          moduleNoun.test(nounOf(hop.to.name)) &&
          !isAside(hop) &&
          !seen.has(hop.to),
      );
      for (const { to } of hops) seen.add(to);
      return [
        ...readings(place, list, called.modules),
        ...hops.flatMap((hop) => rowsOf(place, hop, relations) ?? []),
      ];
    });
}

function rowsOf(place: Place, hop: Hop, relations: Relations): Reading | null {
  const table = hop.to;
  const own = nameIn(table);
  // The name may stand in the table that the rows refer to.
  const further = own
    ? undefined
    : relations(table).find(
        ({ by, outer, to }) => by === outer && moduleNoun.test(nounOf(to.name)) && nameIn(to),
      );
  const named = own ? table : further?.to;
  const name = named && nameIn(named);
  if (!name) return null;
  const via = further
    ? `\n    join ${further.to.quoted} on ${further.to.quoted}.${further.own.quoted} = ${table.quoted}.${further.outer.quoted}`
    : '';
  const [enabled] = columnsLike(table, /^(is)?(enabled|active|on)$/).filter(
    ({ type }) => type === 'bool',
  );
  const only = enabled ? ` and ${table.quoted}.${enabled.quoted}` : '';
  const value: Sql = sql`array(
    select ${named.quoted}.${name.quoted} from ${table.quoted}${via}
    where ${table.quoted}.${hop.own.quoted} = ${refTo(place.alias, hop.outer)}${only}
    order by 1
  )`;
  return { value, why: null };
}

const nameIn = (table: Hop['to']): Column | undefined =>
  columnsLike(table, ...called.nameOfModule).find(({ type, isEnum }) => isTextual(type) || isEnum);
