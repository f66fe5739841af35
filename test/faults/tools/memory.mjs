import { readdirSync } from 'node:fs';

// Loaded into the server before its own code (node --import, with --expose-gc): on SIGUSR2 it
// collects what is garbage and prints what is left, so that growth is growth and no laziness.

process.on('SIGUSR2', () => {
  globalThis.gc();
  const { heapUsed, external, rss } = process.memoryUsage();
  const descriptors = readdirSync('/proc/self/fd').length;
  console.log(JSON.stringify({ event: 'memory', used: heapUsed + external, rss, descriptors }));
});
