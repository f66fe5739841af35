import { type Context, toContext } from '../domain/context.ts';
import { base64OfTwentyBytes, type Proof, type SecretKeys, verifySignature } from './signature.ts';

/** The parameters that Help Scout documents. Only these are read, whatever else is signed. */
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

/** What may have been signed, and the signature, or why there is no proof; "none": no claim. */
export type SignedQuery =
  | { claims: Parameter[]; candidates: Parameter[][]; signature: string; fault: null }
  | { fault: 'none' | 'missing' | 'empty' | 'duplicate' | 'shape' };

/** Help Scout sends some 300 characters and nine parameters. */
const maxQueryLength = 16_384;
const maxParameters = 64;

/**
 * Keeps the order of the pairs, which is signed. Help Scout signs all but the Callback URL's own
 * parameters, and may add some that it does not document yet: the candidates are all parameters,
 * those from the first documented one on, and the documented ones. Each has all of the claims.
 */
export function readSignedQuery(rawQuery: string): SignedQuery {
  if (rawQuery.length > maxQueryLength) return { fault: 'shape' };
  const all: Parameter[] = [];
  const signatures: string[] = [];
  for (const pair of rawQuery.split('&')) {
    const [, rawName = '', rawValue = ''] = /^([^=]*)=?(.*)$/s.exec(pair) ?? [];
    const name = decode(rawName);
    // Base64 has a "+" and no space, so a bare "+" in a signature is meant as it stands.
    if (name === 'X-HelpScout-Signature')
      signatures.push(decode(rawValue.replaceAll('+', '%2B')) ?? '?');
    else if (name) {
      const value = decode(rawValue);
      if (value !== null) all.push([name, value]);
      else if (documented.has(name)) return { fault: 'shape' };
    }
  }
  const isDocumented = ([name]: Parameter) => documented.has(name);
  const claims = all.filter(isDocumented);
  const [signature] = signatures;
  if (signature === undefined) return { fault: claims.length === 0 ? 'none' : 'missing' };
  if (signatures.length > 1) return { fault: 'duplicate' };
  if (new Set(claims.map(([name]) => name)).size < claims.length) return { fault: 'duplicate' };
  if (signature === '') return { fault: 'empty' };
  // A SHA-1 in hex proves nothing, but is diagnosed for the log.
  const isWellFormed = base64OfTwentyBytes.test(signature) || /^[0-9a-f]{40}$/i.test(signature);
  if (!isWellFormed || all.length > maxParameters) return { fault: 'shape' };
  const candidates = [all, all.slice(Math.max(all.findIndex(isDocumented), 0)), claims];
  return { claims, candidates, signature, fault: null };
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
  candidates: readonly (readonly Parameter[])[],
  signature: string,
  now: Date,
): Proof {
  const texts = candidates.map(signedTexts).flatMap(({ php, javaScript }) => [php, javaScript]);
  const proofs = texts.map((text) => verifySignature(keys, text, signature, now));
  return proofs.find((proof) => proof !== null) ?? null;
}

/** The customer's id; null where there is none. A table may have 0 for all who are not linked. */
export function readCustomerId(claims: readonly Parameter[]): string | null {
  const value = claims.find(([name]) => name === 'customer-id')?.[1] ?? '';
  return /^[1-9][0-9]{0,17}$/.test(value) ? value : null;
}

/** Ids alone: Help Scout signs neither the agent's role nor the inbox's address for a platform app. */
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
