/** The words of a column's or a key's name, in lower case: of "customerID_2", customer and id. */
export const wordsOf = (name: string): string[] =>
  name
    .replace(/(?<=[a-z0-9])(?=[A-Z])/g, ' ')
    .toLowerCase()
    .split(/[^\p{L}]+/u)
    .filter((word) => word !== '');

const endsIn = (words: string) => {
  const known = new Set(words.split(/\s+/));
  return (name: string) => known.has(wordsOf(name).at(-1) ?? '');
};

const includes = (words: string) => {
  const known = new Set(words.split(/\s+/));
  return (name: string) => wordsOf(name).some((word) => known.has(word));
};

/** An amount, whose currency a plain `currency` tells. */
export const isAmount = endsIn(
  'amount arr balance cost credit due fee ltv mrr owed paid price revenue spend spent total',
);

const hasId = includes('id ids');
const endsInIdentifier = endsIn(
  `abn account build case cell code crn ean ein extension fax gtin iban isbn mobile no nr num number phone
   pid plz port postal postcode ref reference sku ssn tel telephone ticket tin uid upc vat version zip`,
);

/** A number of that name identifies something. */
export const isIdentifier = (name: string): boolean =>
  hasId(name) || endsInIdentifier(name) || /[#№]\s*$/.test(name);

/** A number of that name may be a year. */
export const isYear = includes('year founded established since born vintage');
