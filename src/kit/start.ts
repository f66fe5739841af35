// npm start

import '../server/navigator.ts';
import dotenv from 'dotenv';
import { runServer } from './command-line.ts';
import { run } from './run.ts';

dotenv.config({ quiet: true });
await runServer(() => run(process.env));
