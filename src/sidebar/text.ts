const maxCodePoints = 200;

/** Most texts have none, and one test is quicker than two replacements. */
const invisible = /[\p{Cc}\p{Cf}\p{Cs}]/u;

/**
 * Cuts overlong text, and removes characters that reorder or hide what is around them. Joiners
 * stay: Persian and emoji need them.
 */
export function clean(text: string): string {
  const visible = invisible.test(text)
    ? text
        .replace(/\p{Cc}+/gu, ' ')
        .replace(/(?![\u200c\u200d])[\p{Cf}\p{Cs}]/gu, '')
        .trim()
    : text.trim();
  if (visible.length <= maxCodePoints) return visible;
  const points = [...visible];
  return points.length <= maxCodePoints ? visible : `${points.slice(0, maxCodePoints).join('')}…`;
}

/**
 * The address as a link that is safe to click, or null. Escaping lets `javascript:` through, and
 * `https://stripe.com@evil.example` leads elsewhere than it looks.
 */
export function safeLink(address: string | null): string | null {
  if (address !== null && plainAddress.test(address)) return address;
  const url = address !== null && /^\s*(?:https?|mailto):/i.test(address) ? toUrl(address) : null;
  if (url === null) return null;
  const isSafe = /^(?:https?|mailto):$/.test(url.protocol);
  return isSafe && url.username === '' && url.password === '' ? url.href : null;
}

/** `URL` would write these alike, but parsing takes longer than all else about a link. */
const plainAddress =
  /^https?:\/\/(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{2,}(?:\/[A-Za-z0-9_~]+(?:-[A-Za-z0-9_~]+)*)+\/?$/;

function toUrl(address: string): URL | null {
  try {
    return new URL(address);
  } catch {
    return null;
  }
}
