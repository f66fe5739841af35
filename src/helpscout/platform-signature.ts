import { type Context, toContext } from '../domain/context.ts';
import { base64OfTwentyBytes, type Proof, type SecretKeys, verifySignature } from './signature.ts';

/** The parameters that Help Scout signs. Others were in the Callback URL, and are never read. */
const documented = new Set([
  'conversation-id',
  'conversation-number',
  'customer-id',
  'mailbox-id',
  'user-id',
  'installation-ids',
  'application-id',
  'application-slug',
]);

/** A name and its value, both decoded. */
export type Parameter = readonly [name: string, value: string];

/** Parameters and their signature, or why there is no proof; "none": opened in a browser. */
export type SignedQuery =
  | { claims: Parameter[]; signature: string; fault: null }
  | { fault: 'none' | 'missing' | 'empty' | 'duplicate' | 'shape' };

/** Keeps the order of the pairs, which is signed, and refuses duplicates: only one was signed. */
export function readSignedQuery(rawQuery: string): SignedQuery {
  const claims: Parameter[] = [];
  const signatures: string[] = [];
  for (const pair of rawQuery.split('&')) {
    const [, rawName = '', rawValue = ''] = /^([^=]*)=?(.*)$/s.exec(pair) ?? [];
    const name = decode(rawName);
    // Base64 has a "+" and no space, so a bare "+" in a signature is meant as it stands.
    if (name === 'X-HelpScout-Signature')
      signatures.push(decode(rawValue.replaceAll('+', '%2B')) ?? '?');
    else if (name !== null && documented.has(name)) {
      const value = decode(rawValue);
      if (value === null) return { fault: 'shape' };
      if (claims.some(([known]) => known === name)) return { fault: 'duplicate' };
      claims.push([name, value]);
    }
  }
  const [signature] = signatures;
  if (signature === undefined) return { fault: claims.length === 0 ? 'none' : 'missing' };
  if (signatures.length > 1) return { fault: 'duplicate' };
  if (signature === '') return { fault: 'empty' };
  // A SHA-1 in hex proves nothing, but is diagnosed for the log.
  const isWellFormed = base64OfTwentyBytes.test(signature) || /^[0-9a-f]{40}$/i.test(signature);
  return isWellFormed ? { claims, signature, fault: null } : { fault: 'shape' };
}

/** Null where percent-encoding is not of UTF-8. */
function decode(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
}

/** JSON as PHP's `json_encode` writes it: with `\/` for "/" and `\uXXXX` beyond ASCII. */
export function toPhpJson(json: string): string {
  const escapeUnit = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return json.replaceAll('/', '\\/').replace(/[\u0080-\uffff]/g, escapeUnit);
}

/** The JSON that may have been signed: as PHP writes it, which Help Scout uses, or JavaScript. */
export function signedTexts(claims: readonly Parameter[]): { php: Buffer; javaScript: Buffer } {
  const pairs = claims.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  const json = `{${pairs.join()}}`;
  return { php: Buffer.from(toPhpJson(json)), javaScript: Buffer.from(json) };
}

/** Every text is always tried with every key, so that the time tells nothing. */
export function verifyQuerySignature(
  keys: SecretKeys,
  claims: readonly Parameter[],
  signature: string,
  now: Date,
): Proof {
  const { php, javaScript } = signedTexts(claims);
  const asPhp = verifySignature(keys, php, signature, now);
  const asJavaScript = verifySignature(keys, javaScript, signature, now);
  return asPhp ?? asJavaScript;
}

/** The customer's id; null where there is none. A table may have 0 for all who are not linked. */
export function readCustomerId(claims: readonly Parameter[]): string | null {
  const value = claims.find(([name]) => name === 'customer-id')?.[1] ?? '';
  return /^[1-9][0-9]{0,17}$/.test(value) ? value : null;
}

/** Ids alone: a platform app is told neither the agent's role nor the inbox's address. */
export function readContext(claims: readonly Parameter[]): Context {
  const values = Object.fromEntries(claims);
  return toContext({
    inboxId: values['mailbox-id'],
    agentId: values['user-id'],
    conversationId: values['conversation-id'],
    conversationNumber: values['conversation-number'],
    app: 'platform',
    appId: values['application-id'],
  });
}
