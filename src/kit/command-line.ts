import { type ParseArgsConfig, parseArgs } from 'node:util';
import { type Command, command } from '../domain/command.ts';
import { explain } from '../domain/start-error.ts';

/** A mistake of the caller, which a sentence explains. */
export class UsageError extends Error {
  /** With `seeHelpOf`, the message also names that command's --help. */
  constructor(message: string, seeHelpOf?: Command) {
    super(seeHelpOf === undefined ? message : `${message}\nSee ${command(seeHelpOf, '--help')}`);
  }
}

type Options = NonNullable<ParseArgsConfig['options']>;

const help = { type: 'boolean', short: 'h', default: false } as const;

type Read<T> = ReturnType<
  typeof parseArgs<{ allowPositionals: true; options: T & { help: typeof help } }>
>;

/** Reads a command's options, among them --help. Only commands that say so take other words. */
export function readOptions<const T extends Options>(
  name: Command,
  args: string[],
  options: T,
  allowPositionals = false,
): Read<T> {
  try {
    return parseArgs({ args, allowPositionals, options: { ...options, help } });
  } catch (error) {
    throw new UsageError(plainMessage(error as NodeJS.ErrnoException), name);
  }
}

/** The messages of parseArgs advise on positional arguments at length. */
function plainMessage({ code, message }: NodeJS.ErrnoException): string {
  const [quoted = ''] = /(?<=').*?(?=')/.exec(message) ?? [];
  const [option = quoted] = /--[\w-]+/.exec(quoted) ?? [];
  switch (code) {
    case 'ERR_PARSE_ARGS_UNKNOWN_OPTION':
      return `Unknown option ${quoted}.`;
    case 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL':
      return `Unexpected argument "${quoted}".`;
    case 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE':
      return message.includes('does not take')
        ? `${option} takes no value.`
        : `${option} needs a value. Write ${option}=VALUE if the value begins with "-".`;
    default:
      return message;
  }
}

export function readUrl(text: string, name: string, seeHelpOf: Command): URL {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new UsageError(`${name} must be an http or https URL, but is "${text}".`, seeHelpOf);
  return new URL(text);
}

type Main = (args: string[]) => Promise<number> | Promise<void>;

/** Runs a command that prints and ends. It gives its exit status, or nothing for 0. */
export async function runTool(main: Main): Promise<void> {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // The reader closed the pipe, as `head` does.
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  process.exitCode = await statusOf(main);
}

/** Runs a command that serves until it is stopped. One that cannot start must not linger. */
export async function runServer(main: Main): Promise<void> {
  const status = await statusOf(main);
  if (status !== 0) process.exit(status);
}

async function statusOf(main: Main): Promise<number> {
  try {
    return (await main(process.argv.slice(2))) ?? 0;
  } catch (error) {
    if (!(error instanceof UsageError)) explain(error);
    else console.error(error.message);
    return error instanceof UsageError ? 2 : 1;
  }
}
