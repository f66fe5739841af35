/**
 * The address as a link that is safe to click, or null. Escaping lets `javascript:` through, and
 * `https://stripe.com@evil.example` leads elsewhere than it looks.
 */
export function safeLink(address: string | null): string | null {
  if (address !== null && plainAddress.test(address)) return address;
  const url = address !== null && startsAsWebPage.test(address) ? toUrl(address) : null;
  if (url === null) return null;
  const isWebPage = url.protocol === 'https:' || url.protocol === 'http:';
  return isWebPage && url.username === '' && url.password === '' ? url.href : null;
}

/** As `URL` would write it, too: to have it parsed takes longer than all else about a link. */
const plainAddress =
  /^https?:\/\/(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{2,}(?:\/[A-Za-z0-9_~]+(?:-[A-Za-z0-9_~]+)*)+\/?$/;

/** Any text of a customer's may be asked about, and most are no addresses at all. */
const startsAsWebPage = /^\s*https?:/i;

function toUrl(address: string): URL | null {
  try {
    return new URL(address);
  } catch {
    return null;
  }
}
