import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';
import ejs from 'ejs';
import { viewsFolder } from '../domain/package-files.ts';
import { StartError } from '../domain/start-error.ts';
import { emptiest, fullest } from './samples.ts';
import type { Sidebar, ToSidebar } from './sidebar.ts';

/** A view cannot be used; the message names it and the line. */
export class ViewError extends StartError {
  override name = 'ViewError';
  readonly place: { file: string; line: number } | null;
  readonly reason: string;

  constructor(message: string, place: ViewError['place'] = null, reason = message) {
    super(message);
    this.place = place;
    this.reason = reason;
  }
}

/** Whose page shows the html. */
export type HelpDesk = 'helpscout' | 'freescout';

export type RenderSidebar = (sidebar: Sidebar, helpDesk?: HelpDesk) => string;

/**
 * Compiles the folder's views, and tries them, to find mistakes at the start. `partial.fact(…)` is
 * six times faster than `include` and cannot leave the folder. A folder without a `freescout.ejs`
 * gets ours, with our partials. Throws `ViewError`.
 */
export function compileViews(folder: string, toSidebar: ToSidebar): RenderSidebar {
  const tried = compileFolder(folder, withoutGaps);
  if (tried['sidebar'] === undefined) throw new ViewError(`There is no sidebar.ejs in ${folder}`);
  const now = new Date();
  try {
    for (const render of [tried['sidebar'], tried['freescout'] ?? (() => '')]) {
      for (const account of [fullest(now), emptiest])
        render(toSidebar([account.email], [account, account], now));
      render(toSidebar([emptiest.email], [], now));
    }
  } catch (error) {
    throw error instanceof ViewError ? error : afterTrial((error as Error).message, folder);
  }
  const views = compileFolder(folder, (shown) => shown);
  const ours = views['freescout'] ? views : compileFolder(viewsFolder, (shown) => shown);
  const layouts = { helpscout: views['sidebar'], freescout: ours['freescout'] } as Layouts;
  return (sidebar, helpDesk = 'helpscout') => layouts[helpDesk](sidebar);
}

type View = (shown: object) => string;
type Layouts = Record<HelpDesk, View>;

/** `see` is what becomes of all that a view is given. */
function compileFolder(folder: string, see: (shown: object) => object): Record<string, View> {
  const partial: Record<string, View> = Object.create(null);
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.ejs'))) {
    const name = file.slice(0, -'.ejs'.length);
    const template = compileView(join(folder, file), name);
    // One for all calls: an object with a computed key each time takes a fifth of the rendering.
    const locals: Record<string, unknown> = { [name]: null, partial };
    partial[name] = (shown) => {
      locals[name] = see(shown);
      return template(locals);
    };
  }
  return partial;
}

function compileView(file: string, name: string): ejs.TemplateFunction {
  const options = {
    filename: file,
    // Without it, a key called "escapeFn" in what is shown would switch the escaping off.
    strict: true,
    destructuredLocals: [name, 'partial'],
    // Copying the locals takes a third of the time; strict mode allows only these two names.
    unsafePrototypeLocals: true,
    escape: escaped,
    includer: () => {
      throw new Error(`include() is not available in ${file}; write partial.NAME(…)`);
    },
  } as ejs.Options;
  let text = '';
  let template: ejs.Template | undefined;
  try {
    text = readFileSync(file, 'utf8');
    template = new ejs.Template(text, options);
    return template.compile() as ejs.TemplateFunction;
  } catch (error) {
    // EJS appends the file to some of its messages, and advice of its own.
    const [said = ''] = (error as Error).message.split(` in ${file}`);
    // EJS wraps the view in a `try` of its own, which a block left open runs into.
    const isOpen = said === "Unexpected token 'catch'";
    const reason = isOpen ? 'a block is not closed: } is missing' : said;
    const line = lineOfMistake(text, template?.source ?? '');
    const place = { file, line };
    throw new ViewError(`${file} does not compile: line ${line}: ${reason}`, place, reason);
  }
}

/** EJS's own escaping, for what has something to escape; most texts have nothing. */
const escaped = (said: unknown): string => {
  const text = String(said ?? '');
  return /[&<>"']/.test(text) ? ejs.escapeXML(text) : text;
};

/** The engine names a line of EJS's program; the last mark before it has the view's line. */
function lineOfMistake(text: string, program: string): number {
  try {
    new Script(`(() => {"use strict";\n${program}\n})`, { filename: 'program' });
  } catch (error) {
    const [, line] = /^program:(\d+)/.exec((error as Error).stack ?? '') ?? [];
    const before = program.split('\n').slice(0, Number(line) - 1);
    const marks = before.join('\n').match(/(?<=^ *; __line = )\d+$/gm) ?? [];
    return Math.min(Number(marks.at(-1) ?? 1), text.trimEnd().split('\n').length);
  }
  // It was not even made into a program: a tag is not closed, and EJS stops at the last one.
  return text.slice(0, Math.max(text.lastIndexOf('<%'), 0)).split('\n').length;
}

/** Each view that was rendering puts "file:line" before the message: the last one failed. */
function afterTrial(message: string, folder: string): ViewError {
  const [, file, line] = [...message.matchAll(/^(\S.*\.ejs):(\d+)$/gm)].at(-1) ?? [];
  const place = file === undefined ? null : { file, line: Number(line) };
  const said = message.split('\n\n').at(-1) ?? message;
  const [, missing] = /^partial\.(.+) is not a function$/.exec(said) ?? [];
  if (missing === undefined || place === null) return new ViewError(message, place, said);
  const reason = `${join(folder, `${missing}.ejs`)} is missing`;
  const remedy = `${file}:${line} calls it: put it there, or take the call out`;
  return new ViewError(`${reason}, and ${remedy}`, place, reason);
}

/** The same object, but reading a key that it does not have throws instead of showing nothing. */
function withoutGaps<T extends object>(shown: T): T {
  return new Proxy(shown, {
    get(target, key) {
      if (typeof key === 'string' && !(key in target))
        throw new TypeError(`there is no "${key}"; there is ${Object.keys(target).join(', ')}`);
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'object' && value !== null ? withoutGaps(value) : value;
    },
  });
}
