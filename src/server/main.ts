// Starts the server with the settings of the environment and .env: node dist/server/main.js

import './navigator.ts';
import dotenv from 'dotenv';
import { explain } from '../domain/start-error.ts';
import { misspeltSettings, readConfig } from './config.ts';
import { serve } from './serve.ts';

try {
  dotenv.config({ quiet: true });
  await serve(readConfig(process.env), { warnings: misspeltSettings(process.env) });
} catch (error) {
  explain(error);
  process.exit(1);
}
