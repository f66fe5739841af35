import { createHmac } from 'node:crypto';
import type { Refusal } from '../domain/observer.ts';
import { isSignedBy } from './signature.ts';

/** Which mistake led to this signature. Only the log tells it; the request stays refused. */
export function diagnose(secretKey: string, body: Buffer, signature: string): Refusal {
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
