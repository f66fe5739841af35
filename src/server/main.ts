// Starts the server with the settings of the environment and .env: node dist/server/main.js

import './navigator.ts';
import { explain } from '../domain/start-error.ts';
import { misspeltSettings, readConfig } from './config.ts';
import { loadEnvironment } from './environment.ts';
import { serve } from './serve.ts';

try {
  const env = loadEnvironment();
  await serve(readConfig(env), { warnings: misspeltSettings(env) });
} catch (error) {
  explain(error);
  process.exit(1);
}
