import { parseArgs } from 'node:util';

/** What the person who called must do otherwise, in words. */
export class UsageError extends Error {}

/** Of a program that takes --help and nothing else. */
export function wantsHelp(args: string[], usage: string): boolean {
  try {
    const { values } = parseArgs({
      args,
      options: { help: { type: 'boolean', short: 'h', default: false } },
    });
    return values.help;
  } catch (error) {
    // parseArgs explains an unknown option in its message.
    throw new UsageError(`${(error as Error).message}\n\n${usage}`);
  }
}

/** Says what went wrong, and gives the exit status: 2 when it was called wrongly. */
export function explain(error: unknown): number {
  const isOurs = error instanceof UsageError;
  console.error(isOurs ? error.message : error);
  return isOurs ? 2 : 1;
}
