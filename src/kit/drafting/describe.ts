import type { Billing } from './billing.ts';
import { nameOf } from './catalogue.ts';
import type { Company } from './company.ts';
import type { People } from './people.ts';

/** What was found, in the words of the draft's head. */
export const describePeople = ({ table, reasons }: People) =>
  [nameOf(table), ...(reasons.length > 0 ? [reasons.join(', ')] : [])].join(': ');

export function describeCompany({ table, membership, direct, owner }: Company): string {
  const ways = [
    membership &&
      `members in ${nameOf(membership.table)} (${membership.person.name}, ${membership.company.name})`,
    direct && `each person's ${direct.by.name}${direct.isDeclared ? '' : ', going by its name'}`,
    owner && `owner in ${owner.by.name}`,
  ].filter((way) => way !== null);
  return `${nameOf(table)}: ${ways.join('; ')}`;
}

export function describeBilling({ of, customer, subscription }: Billing): string {
  const hops = [customer, subscription].filter((hop) => hop !== null);
  const guessed = hops
    .filter(({ isDeclared }) => !isDeclared)
    .map(({ by, kind }) => (kind ? `${kind.column.name} and ${by.name}` : by.name));
  const way = hops.map(({ to }) => nameOf(to)).join(', then ');
  return `${way}, of the ${of}${guessed.length > 0 ? ` (no foreign key; going by the name of ${guessed.join(', ')})` : ''}`;
}
