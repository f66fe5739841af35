// Starts the server with the settings of the environment and .env: node dist/main.js

import './server/navigator.ts';
import { explain } from './domain/start-error.ts';
import { reviewOf } from './kit/review.ts';
import { misspeltSettings, readConfig } from './server/config.ts';
import { loadEnvironment } from './server/environment.ts';
import { serve } from './server/serve.ts';

try {
  const env = loadEnvironment();
  const config = readConfig(env);
  const review = reviewOf(config.databaseUrl);
  await serve(config, { warnings: misspeltSettings(env), review });
} catch (error) {
  explain(error);
  process.exit(1);
}
