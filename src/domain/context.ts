/** What Help Scout signs about the agent and the conversation: the keys of `$3`, in this order. */
export const contextKeys = [
  'inbox',
  'inboxId',
  'role',
  'agentId',
  'conversationId',
  'conversationNumber',
  'app',
  'appId',
] as const;
export type ContextKey = (typeof contextKeys)[number];

/** Only what was signed. A key without a value is absent. */
export type Context = Readonly<Partial<Record<ContextKey, string>>>;

/** A colleague of the same role has the same values in the next conversation of the inbox. */
export const sharedContextKeys: readonly ContextKey[] = [
  'inbox',
  'inboxId',
  'role',
  'app',
  'appId',
];

/** The values that are text or a number. Other characters than these may not be storable. */
export function toContext(values: Readonly<Partial<Record<ContextKey, unknown>>>): Context {
  const texts = contextKeys.map((key) => [key, values[key]] as const);
  return Object.fromEntries(
    texts.flatMap(([key, value]) => {
      const text = typeof value === 'number' ? String(value) : value;
      return typeof text === 'string' && /^[\x21-\x7e]{1,254}$/.test(text) ? [[key, text]] : [];
    }),
  );
}

/** The part of a context that a lookup may use. */
export const pickContext = (context: Context, keys: readonly ContextKey[]): Context =>
  Object.fromEntries(
    keys.flatMap((key) => (context[key] === undefined ? [] : [[key, context[key]]])),
  );
