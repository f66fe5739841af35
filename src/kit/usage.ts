import { parseArgs } from 'node:util';
import { type Command, command } from '../domain/command.ts';
import { explain as explainFailure } from '../domain/start-error.ts';

/** What the person who called must do otherwise, in words. */
export class UsageError extends Error {}

/** What is wrong with the words that a command was given, and where the right ones are told. */
export function wrongWords(error: unknown, name: Command): string {
  return `${inOurWords(error as NodeJS.ErrnoException)}\n${command(name, '--help')} tells the rest.`;
}

/** What parseArgs says goes on about positional arguments. */
function inOurWords({ code, message }: NodeJS.ErrnoException): string {
  const [quoted = ''] = /(?<=').*?(?=')/.exec(message) ?? [];
  const [option = quoted] = /--[\w-]+/.exec(quoted) ?? [];
  switch (code) {
    case 'ERR_PARSE_ARGS_UNKNOWN_OPTION':
      return `There is no option ${quoted}.`;
    case 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL':
      return `There is no use for "${quoted}" here.`;
    case 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE':
      return message.includes('does not take')
        ? `${option} takes no value.`
        : `${option} needs a value; one that begins with "-" goes behind "=".`;
    default:
      return message;
  }
}

/** Of a program that takes --help and nothing else. */
export function wantsHelp(args: string[], name: Command): boolean {
  try {
    const { values } = parseArgs({
      args,
      options: { help: { type: 'boolean', short: 'h', default: false } },
    });
    return values.help;
  } catch (error) {
    throw new UsageError(wrongWords(error, name));
  }
}

/** Says what went wrong, and gives the exit status: 2 when it was called wrongly. */
export function explain(error: unknown): number {
  if (error instanceof UsageError) {
    console.error(error.message);
    return 2;
  }
  explainFailure(error);
  return 1;
}
