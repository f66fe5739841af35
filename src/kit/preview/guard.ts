import type { IncomingMessage, RequestListener } from 'node:http';
import { isLoopback } from '../../http/listen.ts';

/**
 * The preview shows customers without a signature, so only this machine may open it. Its headers
 * give away a web page that reaches 127.0.0.1 by DNS rebinding or from another origin.
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

/** Why a request comes neither from our page nor from the address bar; null when it does. */
function whyForeign({ headers, httpVersion, socket }: IncomingMessage): string | null {
  const { host, origin, 'sec-fetch-site': site } = headers;
  if (!isLoopback(socket.localAddress)) return 'the request came over the network';
  if (!ownHosts(socket.localPort).includes(host ?? '')) return 'the Host is different';
  // A proxy on this machine may send our Host. Most name the client; nginx defaults to HTTP/1.0.
  const isForwarded = Object.keys(headers).some((name) => forwardedBy.test(name));
  if (isForwarded || httpVersion === '1.0') return 'a proxy forwarded the request';
  if (origin !== undefined && origin !== `http://${host}`) return 'the Origin is different';
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    return 'another site requested it, so type the URL yourself';
  return null;
}

const forwardedBy = /^(x-)?forwarded|^via$|^(x-real|x-client|true-client|cf-connecting)-ip$/;

function ownHosts(port: number | undefined): string[] {
  const names = ['127.0.0.1', 'localhost', '[::1]'];
  return names.flatMap((name) => (port === 80 ? [name, `${name}:80`] : [`${name}:${port}`]));
}
