#!/usr/bin/env node
import { type Command, command } from '../domain/command.ts';
import { readVersion } from '../domain/package-files.ts';
import { loadEnvironment } from '../server/environment.ts';

// The package's own command. Each of its commands is a program that reads its arguments by itself,
// so that npm's scripts start the same ones.

type Program = { says: string; run: () => Promise<unknown> };

/** In the order in which somebody new needs them. */
const programs: Readonly<Record<Command, Program>> = {
  demo: {
    says: 'shows it with a Postgres and people of its own, and changes nothing',
    run: () => import('./demo.ts'),
  },
  init: {
    says: 'writes your query, your views and your settings into this folder',
    run: () => import('./init.ts'),
  },
  'draft-query': {
    says: 'drafts the query for your tables',
    run: () => import('./draft-query.ts'),
  },
  role: {
    says: 'prints the SQL of a database role that can look accounts up, and list none',
    run: () => import('./role.ts'),
  },
  doctor: {
    says: 'tells whether all is right, and what to do where it is not',
    run: () => {
      // Here `serve` is what it examines, and that never becomes a demo.
      loadEnvironment();
      process.env['NODE_ENV'] ||= 'production';
      return import('./doctor.ts');
    },
  },
  ask: {
    says: 'asks a running server who somebody is, as Help Scout would',
    run: () => import('./ask.ts'),
  },
  serve: {
    says: 'answers Help Scout from your database',
    run: () => import('./serve.ts'),
  },
};

const list = Object.entries(programs).map(([name, { says }]) => [command(name as Command), says]);
const width = Math.max(...list.map(([spelt = '']) => spelt.length)) + 3;

const usage = `Shows a support agent, in Help Scout's sidebar, who is writing and what they are paying.

${list.map(([spelt = '', says]) => `  ${spelt.padEnd(width)}${says}`).join('\n')}

  --help      print this; behind a command, what that one takes
  --version   print the version

The settings are those of the environment, and of the file .env in the current folder.`;

const isCommand = (word: string): word is Command => Object.hasOwn(programs, word);

async function main([word]: string[]): Promise<void> {
  if (word === undefined || /^(help|--help|-h)$/.test(word)) return console.log(usage);
  if (/^(--version|-v)$/.test(word)) return console.log(readVersion());
  if (!isCommand(word)) {
    console.error(`There is no command "${word}".\n\n${usage}`);
    process.exitCode = 2;
    return;
  }
  if (word !== 'serve' && word !== 'demo') endWithTheReader();
  // What is left are the words that the program takes.
  process.argv.splice(2, 1);
  await programs[word].run();
}

/** Whoever reads only the beginning, as `head` does, has seen enough. */
function endWithTheReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
}

await main(process.argv.slice(2));
