// Starts it: one process, or several behind the same port.

import './navigator.ts';
import dotenv from 'dotenv';
import { readConfig } from './config.ts';
import { createLog } from './log.ts';
import { explain } from './start-error.ts';

async function main(): Promise<void> {
  dotenv.config({ quiet: true });
  const config = readConfig(process.env);
  // What is not needed is not loaded: one process knows nothing of workers, and theirs no database.
  if (config.workers > 1 && config.production) {
    const { runWorkers } = await import('./workers.ts');
    return runWorkers(config, createLog());
  }
  if (config.workers > 1)
    console.log(
      `WORKERS is ${config.workers}, but one process answers: the demo and the preview live in one. With NODE_ENV=production there are ${config.workers}.`,
    );
  const { serve } = await import('./serve.ts');
  await serve(config, null);
}

try {
  await main();
} catch (error) {
  explain(error);
  process.exit(1);
}
