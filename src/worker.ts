// One of several processes that answer at the same port: what `workers.ts` starts.

import './navigator.ts';
import cluster from 'node:cluster';
import { readConfig } from './config.ts';
import { serve } from './serve.ts';
import { explain } from './start-error.ts';
import { aliveEveryMs } from './workers.ts';

// A worker whose event loop hangs falls silent, too.
setInterval(() => process.send?.('alive'), aliveEveryMs).unref();

try {
  const { pid } = process;
  await serve(readConfig(process.env), { pid, isFirst: cluster.worker?.id === 1 });
} catch (error) {
  explain(error);
  process.exit(1);
}
