/** JSON as PHP's `json_encode` writes it: with `\/` for "/" and `\uXXXX` beyond ASCII. */
export function asPhpWritesIt(json: string): string {
  const escapeUnit = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return json.replaceAll('/', '\\/').replace(/[\u0080-\uffff]/g, escapeUnit);
}
