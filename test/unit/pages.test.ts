import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';
import { describe, expect, test } from 'vitest';
import { failures } from '../../src/domain/failures.ts';
import { knownColumns } from '../../src/postgres/columns.ts';
import { settingNames } from '../../src/server/config.ts';
import { errorMessages, mailboxErrorMessages } from '../../src/sidebar/words.ts';
import { blocksIn, blocksOf, inProject, loose, pages, readPage } from '../pages.ts';

// What the pages say of the program and of each other.

const everything = pages.map(readPage).join('\n');

/** Without fenced blocks, in which a # is no heading and a bracket no link. */
const prose = (page: string) => readPage(page).replace(/^( *)```[\s\S]*?^\1```$/gm, '');

/** As GitHub makes them: https://docs.github.com/en/get-started/writing-on-github */
function anchorsOf(page: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, title = ''] of prose(page).matchAll(/^#+ (.*)$/gm)) {
    const text = title.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const slug = text.replace(/[^\p{L}\p{N}\p{M} _-]/gu, '').replaceAll(' ', '-');
    const taken = [...anchors].filter((one) => one === slug || one.startsWith(`${slug}-`)).length;
    anchors.add(anchors.has(slug) ? `${slug}-${taken}` : slug);
  }
  return anchors;
}

/** Where a page leads to within the project. */
function linksOf(page: string): string[] {
  const text = prose(page).replace(/`[^`\n]*`(?!\])/g, '');
  const markdown = [...text.matchAll(/\]\(([^)\s]+)\)/g)];
  const html = [...text.matchAll(/\b(?:src|srcset|href)="([^"\s]+)"/g)];
  return [...markdown, ...html]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/i.test(target));
}

/** What is wrong with a link of that page, or null. */
function fault(page: string, link: string): string | null {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : join(dirname(page), decodeURI(path));
  if (target.startsWith('..') || !existsSync(inProject(target)))
    return `${page} leads to ${link}, which does not exist`;
  if (anchor === undefined) return null;
  if (!target.endsWith('.md') || statSync(inProject(target)).isDirectory())
    return `${page} leads to ${link}, which is no page`;
  return anchorsOf(target).has(anchor) ? null : `${page} leads to ${link}: no such heading`;
}

describe('links', () => {
  test('lead to files and headings that exist', () => {
    const links = pages.flatMap((page) => linksOf(page).map((link) => [page, link] as const));
    expect(links.length).toBeGreaterThan(40);
    expect(links.map(([page, link]) => fault(page, link)).filter(Boolean)).toEqual([]);
  });

  test('lead from README.md to every page', () => {
    const led = new Set(linksOf('README.md').map((link) => link.split('#')[0]));
    expect(pages.filter((page) => page !== 'README.md' && !led.has(page))).toEqual([]);
  });

  test.each(['docs/nothing.md', '#no-such-heading', 'LICENSE#mit', '../elsewhere.md'])(
    'to %s would be noticed',
    (link) => {
      expect(fault('README.md', link)).toContain(link);
    },
  );
});

describe('fenced blocks', () => {
  /** The first four are run, applied or compiled by tests; the others are there to be read. */
  const languages = ['sh', 'sql', 'diff', 'ts', 'text', 'json', 'yaml', 'ejs', 'promql'];

  test('say what they are', () => {
    const others = blocksIn().filter(({ language }) => !languages.includes(language));
    expect(others.map(({ page, line, language }) => `${page}:${line} is "${language}"`)).toEqual(
      [],
    );
  });

  test('are counted with their reason, dedented, wherever they stand', () => {
    const page =
      '# One\n\n- a\n\n  <!-- not run: wants\n  Docker -->\n  ```sh\n  a\n    b\n  ```\n\n```sql\nc\n```\n';
    expect(blocksOf('x.md', page)).toEqual([
      {
        ...{ page: 'x.md', line: 7, heading: 'One', language: 'sh', text: 'a\n  b\n' },
        notRun: 'wants\n  Docker',
      },
      { page: 'x.md', line: 12, heading: 'One', language: 'sql', text: 'c\n', notRun: null },
    ]);
    expect(() => blocksOf('x.md', '```sh\na\n')).toThrow('x.md:1: this fence has no end');
  });

  test('are loose without a runner, as is a runner without its block', () => {
    const blocks = blocksOf('x.md', '```sh\na\n```\n<!-- not run: why -->\n```sh\nb\n```\n');
    const claim = (has: string) => ({ page: 'x.md', has });
    expect(loose(blocks, [claim('a')])).toEqual([]);
    expect(loose(blocks, [])).toEqual([expect.stringContaining('x.md:1 is run by nobody')]);
    expect(loose(blocks, [claim('a'), claim('b')])).toEqual(['x.md:5 is run, but says "not run"']);
    expect(loose(blocks, [claim('a'), claim('z')])).toEqual(['x.md has 0 blocks with "z"']);
  });
});

test('every script that a page names exists', () => {
  const { scripts } = JSON.parse(readFileSync(inProject('package.json'), 'utf8'));
  const named = [...everything.matchAll(/npm run (?:--silent )?([a-z][\w:-]*)/g)];
  expect(named.length).toBeGreaterThan(10);
  for (const [, name = ''] of named) expect(scripts, `npm run ${name}`).toHaveProperty([name]);
});

/** The cells of the first column of each table whose first heading is that. */
function rowsOf(heading: string): string[] {
  const tables = everything.matchAll(
    new RegExp(`^\\| ${heading} \\|.*\\n\\|[-| :]+\\|\\n((?:\\|.*\\n)+)`, 'gm'),
  );
  return [...tables].flatMap(([, rows = '']) =>
    rows
      .trimEnd()
      .split('\n')
      .map((row) => row.split('|')[1] ?? ''),
  );
}

const codeIn = (cells: string[]) =>
  cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? ''));

test('the tables of settings have every setting, and no other', () => {
  const settings = [...settingNames].sort();
  expect(codeIn(rowsOf('setting')).sort()).toEqual(settings);
  const example = readFileSync(inProject('.env.example'), 'utf8');
  const names = [...example.matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name);
  // The platform sets NODE_ENV, not a file.
  expect(names.sort()).toEqual(settings.filter((name) => name !== 'NODE_ENV'));
});

test('the table of database errors says what the program says', () => {
  const rows = new Map<string, string[]>();
  for (const { code, says, todo } of failures) {
    const text = `${says} | ${todo}`;
    rows.set(text, [...(rows.get(text) ?? []), `\`${code}\``]);
  }
  for (const [text, codes] of rows)
    expect(readPage('docs/operations.md')).toContain(`\n| ${codes.join(', ')} | ${text} |\n`);
  expect(codeIn(rowsOf('code')).sort()).toEqual(failures.map(({ code }) => code).sort());
});

test('the table of columns has every known column, and no other', () => {
  expect(codeIn(rowsOf('column')).sort()).toEqual([...knownColumns.keys()].sort());
});

test('the table of events has every event of the log', () => {
  const files = readdirSync(inProject('src'), { recursive: true, encoding: 'utf8' });
  const sources = files
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(inProject(`src/${file}`), 'utf8'));
  const events = sources.flatMap((text) =>
    [...text.matchAll(/\bevent: '(\w+)'/g)].map(([, event]) => event ?? ''),
  );
  expect([...new Set(events)].sort()).toEqual(codeIn(rowsOf('event')).sort());
});

test('what an agent reads when something failed is explained', () => {
  const explained = rowsOf('what you see').join('\n');
  for (const say of [...Object.values(errorMessages), ...Object.values(mailboxErrorMessages)]) {
    const [sentence = ''] = say('ref').split(' (ref)');
    expect(explained).toContain(sentence);
  }
});
