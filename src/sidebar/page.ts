import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import ejs from 'ejs';
import { pageFile } from '../domain/package-files.ts';
import * as words from './words.ts';

/** A document of its own, for a frame: what `page/page.ejs` shows. */
export type Page = {
  /** What the views made of a sidebar. */
  html: string | null;
  /** Said in place of a sidebar. */
  message: { heading: string; paragraphs: readonly string[] } | null;
  /** Without one there is no search. */
  searchToken: string | null;
};

export type PageRenderer = {
  render: (page: Page) => string;
  /** The page's script and style, as a Content-Security-Policy names them: by their hashes. */
  scriptSource: string;
  styleSource: string;
};

/** Compiles the page once. `framedBy` is the origin of the document that frames it; "/" is its own. */
export function compilePage(framedBy: string): PageRenderer {
  const script = readFileSync(pageFile('page.js'), 'utf8');
  const style = readFileSync(pageFile('page.css'), 'utf8');
  const template = ejs.compile(readFileSync(pageFile('page.ejs'), 'utf8'), {
    filename: pageFile('page.ejs'),
    strict: true,
    destructuredLocals: ['page', 'partial'],
  });
  return {
    render: ({ html, ...shown }) =>
      template({
        page: { ...shown, title: 'Customer', framedBy, searchFailed: words.searchFailed },
        partial: { style: () => style, script: () => script, sidebar: () => html ?? '' },
      }),
    scriptSource: sourceOf(script),
    styleSource: sourceOf(style),
  };
}

const sourceOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
