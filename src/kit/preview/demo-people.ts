/** Everybody in `sql/demo/people.sql`: address, name, and what there is to see. */
export const demoPeople: readonly (readonly [email: string, name: string, note: string])[] = [
  ['fredsmith@mailinator.com', 'Fred Smith', 'Owner of a paying company, close to its limit.'],
  ['jane.citizen@example.com', 'Jane Citizen', 'Works at Fred’s company, in another time zone.'],
  ['tina.trial@example.com', 'Tina Trial', 'Her trial ends in two days.'],
  ['eddie.expired@example.com', 'Eddie Expired', 'His trial expired three days ago.'],
  ['olive.over@example.com', 'Olive Over', 'Has more employees than her plan allows.'],
  ['pat.pastdue@example.com', 'Pat Pastdue', 'A payment is past due.'],
  ['carl.canceled@example.com', 'Carl Canceled', 'Canceled, and ended last month.'],
  ['erin.ending@example.com', 'Erin Ending', 'Paid, and canceled: it ends in five days.'],
  ['jose.nunez@example.com', 'José Núñez', 'Accents, an ampersand, no limit, and many modules.'],
  ['Mixed.Case@Example.com', 'Mika Case', 'Stored in mixed case, and found whatever the case.'],
  ['two.hats@example.com', 'Toni Two-Hats', 'Has an account in two companies.'],
  ['bare@example.com', 'Nothing but an address', 'Nothing is known about this account.'],
  ['hostile@example.com', 'Hostile', 'Every text is an attack: all you should see is odd text.'],
  ['ines.invoice@example.com', 'Ines Invoice', 'A list of invoices, of which one is overdue.'],
];
