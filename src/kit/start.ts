// npm start

import '../server/navigator.ts';
import dotenv from 'dotenv';
import { explain } from '../domain/start-error.ts';
import { run } from './run.ts';

try {
  dotenv.config({ quiet: true });
  await run(process.env);
} catch (error) {
  explain(error);
  process.exit(1);
}
