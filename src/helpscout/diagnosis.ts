import { createHmac } from 'node:crypto';
import { isSignedBy } from './signature.ts';

/** Mistakes of people who know the Secret Key, as the log calls them. */
export type Mistake =
  | 'hex_of_right_mac'
  | 'reserialised'
  | 'newline'
  | 'secret_white_space'
  | 'empty_key'
  | 'mismatch';

/** Which mistake led to this signature. Only the log tells it; the request stays refused. */
export function diagnose(secretKey: string, body: Buffer, signature: string): Mistake {
  const isOf = (key: string, bytes: Buffer) => isSignedBy(key, bytes, signature);
  const hex = createHmac('sha1', secretKey).update(body).digest('hex');
  if (signature.toLowerCase() === hex) return 'hex_of_right_mac';
  if (isOf(secretKey, toJavaScriptJson(body))) return 'reserialised';
  if (isOf(secretKey, Buffer.concat([body, Buffer.from('\n')]))) return 'newline';
  if ([`${secretKey}\n`, `${secretKey} `, ` ${secretKey}`].some((key) => isOf(key, body)))
    return 'secret_white_space';
  return isOf('', body) ? 'empty_key' : 'mismatch';
}

/** Unescapes text without parsing it: the body is unproven. */
function toJavaScriptJson(body: Buffer): Buffer {
  const text = body
    .toString('utf8')
    .replaceAll('\\/', '/')
    .replace(/\\u([0-9a-f]{4})/gi, (_, unit: string) => String.fromCharCode(parseInt(unit, 16)));
  return Buffer.from(text);
}
