#!/usr/bin/env node
import { type Command, command } from '../domain/command.ts';
import { readVersion } from '../domain/package-files.ts';
import { loadEnvironment } from '../server/environment.ts';

// The package's program. Each command reads its own arguments: npm's scripts start the same files.

type Program = { summary: string; run: () => Promise<unknown> };

/** In the order in which a new user needs them. */
const programs: Readonly<Record<Command, Program>> = {
  demo: {
    summary: 'shows the sidebar with example customers from an embedded Postgres',
    run: () => import('./demo.ts'),
  },
  init: {
    summary: 'writes a query, views and settings to edit into this folder',
    run: () => import('./init.ts'),
  },
  'draft-query': {
    summary: 'generates a draft of the account query from your schema',
    run: () => import('./draft-query.ts'),
  },
  role: {
    summary: 'prints the SQL for a least-privilege database role',
    run: () => import('./role.ts'),
  },
  doctor: {
    summary: 'checks the deployment, and says how to fix what is wrong',
    run: () => {
      // It checks what `serve` would run, which is never the demo.
      loadEnvironment();
      process.env['NODE_ENV'] ||= 'production';
      return import('./doctor.ts');
    },
  },
  ask: {
    summary: 'sends a running server a request, as Help Scout would',
    run: () => import('./ask.ts'),
  },
  serve: {
    summary: 'starts the server, which answers Help Scout from your database',
    run: () => import('./serve.ts'),
  },
};

const list = Object.entries(programs).map(([name, { summary }]) => ({
  spelling: command(name as Command),
  summary,
}));
const width = Math.max(...list.map(({ spelling }) => spelling.length)) + 3;

const usage = `Shows a support agent, in Help Scout's sidebar, who a customer is and what they pay.

${list.map(({ spelling, summary }) => `  ${spelling.padEnd(width)}${summary}`).join('\n')}

  --help      print this; after a command, print its options
  --version   print the version

Settings come from the environment and the file .env in the current folder.`;

const isCommand = (word: string): word is Command => Object.hasOwn(programs, word);

async function main([word]: string[]): Promise<void> {
  if (word === undefined || /^(help|--help|-h)$/.test(word)) return console.log(usage);
  if (/^(--version|-v)$/.test(word)) return console.log(readVersion());
  if (!isCommand(word)) {
    console.error(`Unknown command "${word}".\n\n${usage}`);
    process.exitCode = 2;
    return;
  }
  // The rest are the command's own arguments.
  process.argv.splice(2, 1);
  await programs[word].run();
}

await main(process.argv.slice(2));
