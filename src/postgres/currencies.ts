import type { OtherFact } from '../domain/account.ts';
import { isAmount, wordsOf } from '../domain/name-words.ts';

/**
 * Numbers with the currencies that stand beside them: that of `mrr` in `mrr_currency`, those of all
 * amounts in `currency`. A currency that belongs to a number is no fact of its own.
 */
export function withCurrencies(facts: OtherFact[]): OtherFact[] {
  const codes = new Map(facts.flatMap((fact) => (isCode(fact) ? [[keyOf(fact), fact]] : [])));
  if (codes.size === 0) return facts;
  const used = new Set<OtherFact>();
  const priced = facts.map((fact): OtherFact => {
    const code =
      codes.get(`${keyOf(fact)} currency`) ?? (isAmount(fact.name) && codes.get('currency'));
    if (!code || !isNumber(fact)) return fact;
    used.add(code);
    return { name: fact.name, kind: 'number', value: fact.value, currency: code.value };
  });
  return priced.filter((fact) => !used.has(fact));
}

const keyOf = ({ name }: OtherFact) => wordsOf(name).join(' ');

type Text = Extract<OtherFact, { kind: 'text' }>;

const isCode = (fact: OtherFact): fact is Text =>
  fact.kind === 'text' && /^[a-z]{3}$/i.test(fact.value) && /currency$/i.test(fact.name);

/** JSON often has amounts as texts. */
const isNumber = (fact: OtherFact): fact is Extract<OtherFact, { kind: 'text' | 'number' }> =>
  fact.kind === 'number' || (fact.kind === 'text' && /^-?\d+(?:\.\d+)?$/.test(fact.value));
