import { existsSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { root } from '../domain/package-files.ts';

/** What this program can be told to do. */
export type Command = 'demo' | 'init' | 'draft-query' | 'role' | 'doctor' | 'ask' | 'serve';

/** A command as you would type it: with a clone, the package in a project, or on the PATH. */
export const command = (name: Command, words = '') => spell(started, name, words);

/** How this process was started. */
export type Started = {
  /** The folder of the package. */
  root: string;
  hasSources: boolean;
  /** The script that Node was given, or the link that led to it. */
  program: string;
  folder: string;
  byNpm: boolean;
};

const name = 'helpscout-sidebar';

const scripts: Readonly<Partial<Record<Command, string>>> = {
  demo: 'npm start',
  'draft-query': 'npm run draft-query',
  // Its output goes into a file, where npm's own lines have no place.
  role: 'npm run --silent role',
  doctor: 'npm run doctor',
  ask: 'npm run ask',
  serve: 'npm start',
};

export function spell(by: Started, what: Command, words: string): string {
  const script = by.hasSources && !isCli(by.program) ? scripts[what] : undefined;
  const spelt = script ?? `${ownName(by)} ${what}`;
  if (words === '') return spelt;
  // npm keeps what begins with "-" to itself, unless it stands behind this.
  return script === undefined ? `${spelt} ${words}` : `${spelt} -- ${words}`;
}

const isCli = (program: string) => basename(program) === name || basename(program) === 'cli.js';

function ownName({ root, program, folder, byNpm }: Started): string {
  const isInstalled = basename(program) === name || basename(dirname(root)) === 'node_modules';
  if (!isInstalled) return `node ${relative(folder, join(root, 'dist', 'kit', 'cli.js'))}`;
  const isOfThisProject = program.startsWith(join(folder, 'node_modules') + sep);
  return byNpm || isOfThisProject ? `npx ${name}` : name;
}

const started: Started = {
  root,
  hasSources: existsSync(join(root, 'src')),
  program: process.argv[1] ?? '',
  folder: process.cwd(),
  byNpm: process.env['npm_command'] !== undefined,
};
