/**
 * The body that Help Scout would send for a customer with these addresses, to the byte: it writes
 * like PHP's `json_encode`, without white space, with `\/` for "/" and `\uXXXX` beyond ASCII.
 */
export function requestBody(emails: readonly string[]): string {
  const [email] = emails;
  return phpJson({
    ticket: { id: '322585297', number: '42', subject: 'A question' },
    customer: {
      id: '114322164',
      fname: 'A',
      lname: 'Customer',
      ...(email !== undefined && { email }),
      emails,
    },
    user: { fname: 'An', lname: 'Agent', id: '134073', role: 'user', convRedirect: 0 },
    mailbox: { id: '100016', email: 'support@hr-product.example' },
  });
}

export function phpJson(value: unknown): string {
  const escapeUnit = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value)
    .replaceAll('/', '\\/')
    .replace(/[\u0080-\uffff]/g, escapeUnit);
}
