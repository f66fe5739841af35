/**
 * The address as a link that is safe to click, or null. Escaping lets `javascript:` through, and
 * `https://stripe.com@evil.example` leads elsewhere than it looks.
 */
export function safeLink(address: string | null): string | null {
  if (address === null || !URL.canParse(address)) return null;
  const url = new URL(address);
  const isWebPage = url.protocol === 'https:' || url.protocol === 'http:';
  return isWebPage && url.username === '' && url.password === '' ? url.href : null;
}
