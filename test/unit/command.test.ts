import { expect, test } from 'vitest';
import { command, type Started, spell } from '../../src/kit/command.ts';

const started: Started = {
  root: '/home/robin/helpscout-sidebar/',
  hasSources: false,
  program: '/home/robin/helpscout-sidebar/dist/kit/doctor.js',
  folder: '/home/robin/helpscout-sidebar',
  byNpm: false,
};
const clone = { ...started, hasSources: true, byNpm: true };
const inProject = '/home/robin/shop/node_modules/helpscout-sidebar/';
const project = { ...started, root: inProject, folder: '/home/robin/shop' };

test('names the scripts of the clone that these tests run in', () => {
  expect(command('doctor')).toBe('npm run doctor');
});

test.each<[string, Started, string]>([
  ['in a clone', clone, 'npm run ask -- x'],
  [
    'in a clone, by its file',
    { ...clone, program: '/home/robin/helpscout-sidebar/dist/kit/cli.js' },
    'node dist/kit/cli.js ask x',
  ],
  [
    'in a project that has the package',
    { ...project, program: '/home/robin/shop/node_modules/.bin/helpscout-sidebar' },
    'npx helpscout-sidebar ask x',
  ],
  [
    'in such a project, by its file, as Windows does it',
    { ...project, program: `${inProject}dist/kit/cli.js` },
    'npx helpscout-sidebar ask x',
  ],
  [
    'by npx from its cache',
    {
      ...started,
      root: '/home/robin/.npm/_npx/1f/node_modules/helpscout-sidebar/',
      program: '/home/robin/.npm/_npx/1f/node_modules/.bin/helpscout-sidebar',
      byNpm: true,
    },
    'npx helpscout-sidebar ask x',
  ],
  [
    'installed for the whole machine',
    {
      ...started,
      root: '/usr/lib/node_modules/helpscout-sidebar/',
      program: '/usr/bin/helpscout-sidebar',
    },
    'helpscout-sidebar ask x',
  ],
  [
    'in the image, where a link leads to it',
    { ...started, root: '/app/', folder: '/app', program: '/usr/local/bin/helpscout-sidebar' },
    'helpscout-sidebar ask x',
  ],
  [
    'in the image, by its file',
    { ...started, root: '/app/', folder: '/app', program: '/app/dist/main.js' },
    'node dist/kit/cli.js ask x',
  ],
])('spells a command %s', (_, by, spelt) => {
  expect(spell(by, 'ask', 'x')).toBe(spelt);
});

test('keeps npm’s own lines out of a file, and names no script that there is not', () => {
  expect(spell(clone, 'role', '')).toBe('npm run --silent role');
  expect(spell(clone, 'serve', '')).toBe('npm start');
  expect(spell(clone, 'init', '')).toBe('node dist/kit/cli.js init');
});
