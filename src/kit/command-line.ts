import { type ParseArgsConfig, parseArgs } from 'node:util';
import { explain } from '../domain/start-error.ts';
import { loadEnvironment } from '../server/environment.ts';
import { type Command, command } from './command.ts';

/** A mistake of the caller, which a sentence explains. */
export class UsageError extends Error {
  /** With `seeHelpOf`, the message also names that command's --help. */
  constructor(message: string, seeHelpOf?: Command) {
    super(seeHelpOf === undefined ? message : `${message}\nSee ${command(seeHelpOf, '--help')}`);
  }
}

type Options = NonNullable<ParseArgsConfig['options']>;

const help = { type: 'boolean', short: 'h', default: false } as const;

type Read<T extends Options> = ReturnType<
  typeof parseArgs<{ allowPositionals: true; options: T & { help: typeof help } }>
>;

export type Values<T extends Options> = Read<T>['values'];

/** A command's exit status; nothing is 0. */
type Status = Promise<number> | Promise<void>;

/** Makes a command from its options, to which it adds --help. Only some take other words. */
export const withOptions =
  <const T extends Options>(
    name: Command,
    usage: string,
    options: T,
    main: (values: Values<T>, words: string[]) => Status,
    allowPositionals = false,
  ) =>
  async (): Promise<number> => {
    loadEnvironment();
    const { values, positionals } = readOptions(name, options, allowPositionals);
    if (!('help' in values && values.help)) return (await main(values, positionals)) ?? 0;
    console.log(usage);
    return 0;
  };

function readOptions<T extends Options>(
  name: Command,
  options: T,
  allowPositionals: boolean,
): Read<T> {
  try {
    return parseArgs({ allowPositionals, options: { ...options, help } });
  } catch (error) {
    throw new UsageError(plainMessage(error as NodeJS.ErrnoException), name);
  }
}

/** The messages of parseArgs advise on positional arguments at length. */
function plainMessage({ code, message }: NodeJS.ErrnoException): string {
  const [quoted = ''] = /(?<=').*?(?=')/.exec(message) ?? [];
  const [option = quoted] = /--[\w-]+/.exec(quoted) ?? [];
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return `Unknown option ${quoted}.`;
  if (code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL') return `Unexpected argument "${quoted}".`;
  if (code !== 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE') return message;
  return message.includes('does not take')
    ? `${option} takes no value.`
    : `${option} needs a value. Write ${option}=VALUE if the value begins with "-".`;
}

export function readUrl(text: string, seeHelpOf: Command): URL {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new UsageError(`--url must be an http or https URL, but is "${text}".`, seeHelpOf);
  return new URL(text);
}

/** Runs a command that prints and ends. */
export async function runTool(main: () => Status): Promise<void> {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // The reader closed the pipe, as `head` does.
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  process.exitCode = await statusOf(main);
}

/** Runs a command that serves until it is stopped. One that cannot start must not linger. */
export async function runServer(main: () => Status): Promise<void> {
  const status = await statusOf(main);
  if (status !== 0) process.exit(status);
}

async function statusOf(main: () => Status): Promise<number> {
  try {
    return (await main()) ?? 0;
  } catch (error) {
    if (!(error instanceof UsageError)) explain(error);
    else console.error(error.message);
    return error instanceof UsageError ? 2 : 1;
  }
}
