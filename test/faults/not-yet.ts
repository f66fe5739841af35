/** Promises that are known not to be kept yet: `--awaited` tries them, too. */
export const notYet: ReadonlySet<string> = new Set([
  'a large body that asks to be continued',
  'that /readyz tells the balancer of',
]);
