// Says what runtime this is where Node does not yet, as it does from version 21 on. pg asks that when it
// is loaded, and without an answer tries whether `Response` is Cloudflare's, for which Node 20 first
// loads all of `fetch`: a tenth of the start, and 12 MB.

if (!('navigator' in globalThis))
  Object.defineProperty(globalThis, 'navigator', {
    value: { userAgent: `Node.js/${process.versions.node.split('.')[0]}` },
    configurable: true,
  });
