#!/usr/bin/env node
import { readVersion } from '../domain/package-files.ts';
import { loadEnvironment } from '../server/environment.ts';
import { type Command, command } from './command.ts';

/** What each command does, in the order in which a new user needs them. */
const summaries: Readonly<Record<Command, string>> = {
  demo: 'shows the sidebar with example customers from an embedded Postgres',
  init: 'writes a query, views and settings to edit into this folder',
  'draft-query': 'generates a draft of the account query from your schema',
  role: 'prints the SQL for a least-privilege database role',
  doctor: 'checks the deployment, and says how to fix what is wrong',
  ask: 'sends a running server a request, as Help Scout would',
  serve: 'starts the server, which answers Help Scout from your database',
};

const spelt = (name: string) => command(name as Command);
const width = Math.max(...Object.keys(summaries).map((name) => spelt(name).length)) + 3;
const list = Object.entries(summaries).map(
  ([name, summary]) => `  ${spelt(name).padEnd(width)}${summary}`,
);

const usage = `Shows a support agent, in Help Scout's sidebar, who a customer is and what they pay.

${list.join('\n')}

  --help      print this; after a command, print its options
  --version   print the version

Settings come from the environment and the file .env in the current folder.`;

const [, , word = 'help'] = process.argv;
if (/^(help|--help|-h)$/.test(word)) console.log(usage);
else if (/^(--version|-v)$/.test(word)) console.log(readVersion());
else if (!Object.hasOwn(summaries, word)) {
  console.error(`Unknown command "${word}".\n\n${usage}`);
  process.exitCode = 2;
} else {
  // The doctor checks what `serve` would run, which is never the demo.
  if (word === 'doctor') loadEnvironment()['NODE_ENV'] ||= 'production';
  // The rest are the command's own arguments; npm's scripts start the same files.
  process.argv.splice(2, 1);
  await import(new URL(`${word}.js`, import.meta.url).href);
}
