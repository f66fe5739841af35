import { readdirSync, readFileSync } from 'node:fs';

// The pages that people read, and the fenced blocks in them.

const root = new URL('../', import.meta.url);

export const inProject = (path: string): URL => new URL(path, root);

/** Every page, by its path in the project. */
export const pages: readonly string[] = [
  'README.md',
  'SECURITY.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'bench/README.md',
  ...readdirSync(inProject('docs'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
];

export const readPage = (page: string): string => readFileSync(inProject(page), 'utf8');

export type Block = {
  page: string;
  /** Where its fence stands. */
  line: number;
  /** The heading above it. */
  heading: string;
  language: string;
  text: string;
  /** Why it cannot be run here: `<!-- not run: … -->`, right before the fence. */
  notRun: string | null;
};

/** The fenced blocks of a page, or of all pages, in their order. */
export function blocksIn(...from: readonly string[]): Block[] {
  return (from.length === 0 ? pages : from).flatMap((page) => blocksOf(page, readPage(page)));
}

export function blocksOf(page: string, markdown: string): Block[] {
  const blocks: Block[] = [];
  const lines = markdown.split('\n');
  let heading = '';
  for (let at = 0; at < lines.length; at++) {
    const [, title] = /^#+ (.*)$/.exec(lines[at] ?? '') ?? [];
    if (title !== undefined) heading = title;
    const [, indent, language] = /^( *)```(.*)$/.exec(lines[at] ?? '') ?? [];
    if (indent === undefined || language === undefined) continue;
    const end = lines.indexOf(`${indent}\`\`\``, at + 1);
    if (end === -1) throw new Error(`${page}:${at + 1}: this fence has no end`);
    const before = lines.slice(0, at).join('\n');
    const [, reason] = /<!-- not run: ((?:(?!-->)[\s\S])+?) -->\s*$/.exec(before) ?? [];
    const text = lines
      .slice(at + 1, end)
      .map((line) => `${line.slice(indent.length)}\n`)
      .join('');
    blocks.push({ page, line: at + 1, heading, language, text, notRun: reason ?? null });
    at = end;
  }
  return blocks;
}

/** Whoever knows what to do with a block: the only one of its page that has these words. */
export type Claim = { page: string; has: string };

export const isClaimed = (block: Block, { page, has }: Claim): boolean =>
  block.page === page && block.text.includes(has);

/**
 * Which blocks nobody runs and which say that they are not run though somebody does; which claims
 * have lost their block, and which have more than one.
 */
export function loose(blocks: readonly Block[], claims: readonly Claim[]): string[] {
  const ofBlocks = blocks.map((block) => {
    const count = claims.filter((claim) => isClaimed(block, claim)).length;
    const at = `${block.page}:${block.line}`;
    if (block.notRun !== null && count > 0) return `${at} is run, but says "not run"`;
    return block.notRun === null && count === 0
      ? `${at} is run by nobody: say how, or put <!-- not run: why --> before it`
      : null;
  });
  const ofClaims = claims.map((claim) => {
    const count = blocks.filter((block) => isClaimed(block, claim)).length;
    return count === 1 ? null : `${claim.page} has ${count} blocks with "${claim.has}"`;
  });
  return [...ofBlocks, ...ofClaims].filter((problem) => problem !== null);
}
