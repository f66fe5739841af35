import { parseArgs } from 'node:util';

/** Which of these were given. With --help, or with others, it ends with the usage. */
export function readFlags<Name extends string>(
  usage: string,
  names: readonly Name[],
): Record<Name, boolean> {
  const words = process.argv.slice(2);
  if (words.some((word) => word === '--help' || word === '-h')) {
    console.log(usage);
    process.exit();
  }
  const options = Object.fromEntries(
    names.map((name) => [name, { type: 'boolean', default: false } as const]),
  );
  const { values, tokens } = parseArgs({ args: words, options, strict: false, tokens: true });
  const isKnown = (name: string) => (names as readonly string[]).includes(name);
  const unknown = tokens.find((token) => token.kind !== 'option' || !isKnown(token.name));
  if (unknown !== undefined) {
    console.error(`There is no use for "${words[unknown.index]}" here.\n\n${usage}`);
    process.exit(2);
  }
  return values as Record<Name, boolean>;
}
