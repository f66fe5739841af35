import type { IncomingMessage, RequestListener } from 'node:http';
import { isLoopback } from '../../http/listen.ts';

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
function whyForeign({ headers, httpVersion, socket }: IncomingMessage): string | null {
  const { host, origin, 'sec-fetch-site': site } = headers;
  if (!isLoopback(socket.localAddress)) return 'this came over the network';
  if (!ownHosts(socket.localPort).includes(host ?? '')) return 'the Host is another';
  // A proxy on this machine may give it our Host; most say for whom they ask, and nginx, left as it
  // is, speaks HTTP/1.0, which no browser does.
  const isForwarded = Object.keys(headers).some((name) => forwardedBy.test(name));
  if (isForwarded || httpVersion === '1.0') return 'a proxy asked for somebody else';
  if (origin !== undefined && origin !== `http://${host}`) return 'the Origin is another';
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    return 'another site asked for it, so type the address yourself';
  return null;
}

const forwardedBy = /^(x-)?forwarded|^via$|^(x-real|x-client|true-client|cf-connecting)-ip$/;

function ownHosts(port: number | undefined): string[] {
  const names = ['127.0.0.1', 'localhost', '[::1]'];
  return names.flatMap((name) => (port === 80 ? [name, `${name}:80`] : [`${name}:${port}`]));
}
