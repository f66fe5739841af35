import type { IncomingMessage, RequestListener } from 'node:http';
import { isLoopback } from '../listen.ts';

/**
 * The preview shows customers without a signature, so only who sits at this machine may see it. A
 * web page elsewhere can reach 127.0.0.1 through its reader's browser, by a name of its own that
 * leads there (DNS rebinding) or from another origin; both give themselves away in the headers.
 */
export function refuseForeign(inner: RequestListener): RequestListener {
  return (req, res) => {
    const reason = whyForeign(req);
    if (reason === null) return inner(req, res);
    res.writeHead(403, {
      'Content-Type': 'text/plain; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      Connection: 'close',
    });
    res.end(`The preview opens only on the machine that it runs on: ${reason}.\n`);
  };
}

/** Why a request did not come from a page of ours or from an address bar; null when it did. */
function whyForeign({ headers, socket }: IncomingMessage): string | null {
  const { host, origin, 'sec-fetch-site': site } = headers;
  if (!isLoopback(socket.localAddress)) return 'this came over the network';
  if (!ownHosts(socket.localPort).includes(host ?? '')) return 'the Host is another';
  // A proxy on this machine may give it our Host; most say for whom they ask.
  const isForwarded = Object.keys(headers).some((name) => /^(x-)?forwarded|^via$/.test(name));
  if (isForwarded) return 'a proxy asked for somebody else';
  if (origin !== undefined && origin !== `http://${host}`) return 'the Origin is another';
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    return 'another site asked for it, so type the address yourself';
  return null;
}

function ownHosts(port: number | undefined): string[] {
  const names = ['127.0.0.1', 'localhost', '[::1]'];
  return names.flatMap((name) => (port === 80 ? [name, `${name}:80`] : [`${name}:${port}`]));
}
