// npm start

import '../server/navigator.ts';
import { explain } from '../domain/start-error.ts';
import { loadEnvironment } from '../server/environment.ts';
import { run } from './run.ts';

try {
  await run(loadEnvironment());
} catch (error) {
  explain(error);
  process.exit(1);
}
