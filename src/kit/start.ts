// npm start

import '../server/navigator.ts';
import { loadEnvironment } from '../server/environment.ts';
import { runServer } from './command-line.ts';
import { run } from './run.ts';

await runServer(() => run(loadEnvironment()));
