import { createHmac } from 'node:crypto';
import { isSignedBy } from './signature.ts';

/** What somebody who knows the Secret Key did wrong, as the log calls it. */
export type Mistake =
  | 'hex_of_right_mac'
  | 'reserialised'
  | 'newline'
  | 'secret_white_space'
  | 'empty_key'
  | 'mismatch';

/**
 * Which of the mistakes that people make made this signature. Only for the log of the operator:
 * the caller is told nothing, and the request stays refused.
 */
export function diagnose(secretKey: string, body: Buffer, signature: string): Mistake {
  const isOf = (key: string, bytes: Buffer) => isSignedBy(key, bytes, signature);
  const hex = createHmac('sha1', secretKey).update(body).digest('hex');
  if (signature.toLowerCase() === hex) return 'hex_of_right_mac';
  if (isOf(secretKey, asJavaScriptWritesIt(body))) return 'reserialised';
  if (isOf(secretKey, Buffer.concat([body, Buffer.from('\n')]))) return 'newline';
  if ([`${secretKey}\n`, `${secretKey} `, ` ${secretKey}`].some((key) => isOf(key, body)))
    return 'secret_white_space';
  return isOf('', body) ? 'empty_key' : 'mismatch';
}

/** Help Scout's escapes undone, letter by letter: nothing of an unproven body is parsed. */
function asJavaScriptWritesIt(body: Buffer): Buffer {
  const text = body
    .toString('utf8')
    .replaceAll('\\/', '/')
    .replace(/\\u([0-9a-f]{4})/gi, (_, unit: string) => String.fromCharCode(parseInt(unit, 16)));
  return Buffer.from(text);
}
