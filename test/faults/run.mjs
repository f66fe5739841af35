import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { startVitest } from 'vitest/node';

const usage = `Breaks what can break, and counts who was let down.

  npm run test:faults -- [--short] [--seed NUMBER] [--minutes NUMBER] [--only NAME]

  --short     the counts for CI, in about three minutes; without it, the long ones
  --seed      what every random choice hangs on; each run prints its own
  --minutes   how long the soak takes (60); 0 leaves it out
  --only      the files with this in their name, such as outages
  --help      print this`;

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    minutes: { type: 'string', default: '60' },
    only: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const isNumber = (text) => /^\d+(?:\.\d+)?$/.test(text);
if (values.help) {
  console.log(usage);
} else if (!isNumber(values.seed) || !isNumber(values.minutes)) {
  console.error(`--seed and --minutes must be numbers\n\n${usage}`);
  process.exitCode = 2;
} else {
  process.env.FAULTS = JSON.stringify({
    short: values.short,
    seed: Number(values.seed),
    minutes: values.short ? 0 : Number(values.minutes),
  });
  console.log(`${values.short ? 'Short' : 'Long'} run; to repeat it: --seed ${values.seed}`);
  const config = new URL('vitest.config.ts', import.meta.url).pathname;
  const vitest = await startVitest('test', values.only ? [values.only] : [], {
    config,
    watch: false,
  });
  await vitest.close();
}
