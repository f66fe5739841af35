import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import ejs from 'ejs';
import { pageFile } from '../../domain/package-files.ts';
import type { Status } from './status.ts';

/** Compiles `page/status.ejs` once; the policy lets nothing but its own script and style in. */
export function compileStatusPage(): { render: (status: Status) => string; policy: string } {
  const script = readFileSync(pageFile('status.js'), 'utf8');
  const style = readFileSync(pageFile('status.css'), 'utf8');
  const template = ejs.compile(readFileSync(pageFile('status.ejs'), 'utf8'), {
    filename: pageFile('status.ejs'),
    strict: true,
    destructuredLocals: ['status', 'partial'],
  });
  const policy = [
    "default-src 'none'",
    `script-src ${sourceOf(script)}`,
    `style-src ${sourceOf(style)}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  const drawing = ({ svg }: Status['charts'][number]) => svg;
  const partial = { style: () => style, script: () => script, drawing };
  return { policy, render: (status) => template({ status, partial }) };
}

const sourceOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
