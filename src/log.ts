/**
 * Where entries go: an event, its class, a reference, durations. Never a body, a header, a
 * secret, an address, a name or a value of a row.
 */
export type Log = Readonly<Record<'info' | 'warn' | 'error', (entry: object) => void>>;
