#!/usr/bin/env node
// Writes src/sidebar/zone-names.ts from pinned packages; with --check it only compares. It needs npm's
// registry, so CI does not run it.
//
//   node test/upstream/zone-names.mjs [--check]

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const cldr = 'cldr-core@48.2.0';
const rails = 'rails-timezone@1.2.0';

/**
 * Where rails/rails has another zone than the package, or one more: read in
 * activesupport/lib/active_support/values/time_zone.rb at 2a2db1e (8.2.0.alpha, 22 August 2026).
 */
const railsSince = {
  'Pacific Time (Canada)': 'America/Vancouver',
  Alberta: 'America/Edmonton',
  // Until 8.1 Asia/Dhaka; Kazakhstan is at +05 since March 2024.
  Astana: 'Asia/Almaty',
  Greenland: 'America/Nuuk',
  Kyiv: 'Europe/Kyiv',
  Rangoon: 'Asia/Yangon',
};

/** The notice under which both give it. */
const mit = `
Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
associated documentation files (the "Software"), to deal in the Software without restriction,
including without limitation the rights to use, copy, modify, merge, publish, distribute,
sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial
portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT
NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES
OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`;

const target = fileURLToPath(new URL('../../src/sidebar/zone-names.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'zone-names-'));
try {
  const npm = ['install', '--silent', '--no-audit', '--no-fund', '--ignore-scripts'];
  execFileSync('npm', [...npm, '--prefix', folder, cldr, rails], { stdio: 'inherit' });
  const require = createRequire(join(folder, 'index.js'));
  const read = (file) => readFileSync(join(folder, 'node_modules', file), 'utf8');

  const { mapTimezones } = JSON.parse(read('cldr-core/supplemental/windowsZones.json')).supplemental
    .windowsZones;
  const windows = mapTimezones
    .map(({ mapZone }) => mapZone)
    .filter(({ _territory }) => _territory === '001')
    .map(({ _other, _type }) => [_other, _type]);

  const railsNames = { ...railsTable(require), ...railsSince };
  const text = written(windows, Object.entries(railsNames), read('cldr-core/LICENSE'));
  if (process.argv.includes('--check')) {
    if (readFileSync(target, 'utf8') !== text)
      throw new Error(`${target} is not what ${cldr} and ${rails} say`);
  } else writeFileSync(target, text);
  console.log(`${cldr}: ${windows.length} names of Windows, 001 rows`);
  console.log(`${rails} and Rails 8.2.0.alpha: ${Object.keys(railsNames).length} names of Rails`);
} finally {
  rmSync(folder, { recursive: true });
}

/** The package exports functions only, so the names are read from its text. */
function railsTable(require) {
  const { from } = require('rails-timezone');
  const file = readFileSync(require.resolve('rails-timezone/rails-timezone.js'), 'utf8');
  const names = [...file.matchAll(/^ +"([^"]+)" +: "/gm)].map(([, name]) => name);
  return Object.fromEntries(names.map((name) => [name, from(name)]));
}

function written(windows, railsNames, licence) {
  const rows = (entries) =>
    entries
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, zone]) => `  ${name} = ${zone}`)
      .join('\n');
  const comment = licence
    .trim()
    .split('\n')
    .map((line) => ` * ${line}`.trimEnd())
    .join('\n');
  return `/*! Made by test/upstream/zone-names.mjs from ${cldr} (supplemental/windowsZones.json, rows of
 * 001) and ${rails}, compared with rails/rails (activesupport, values/time_zone.rb). Facts only.
 *
 * The names of Windows:
 *
${comment}
 *
 * The names of Rails:
 *
 * Copyright (c) David Heinemeier Hansson
 * Copyright (c) 2013 David Wood <bitprobe@gmail.com>
 *
${mit
  .trim()
  .split('\n')
  .map((line) => ` * ${line}`.trimEnd())
  .join('\n')}
 */

/** A line for each name: \`name = IANA zone\`. */
export const windowsZones = \`
${rows(windows)}
\`;

export const railsZones = \`
${rows(railsNames)}
\`;
`;
}
