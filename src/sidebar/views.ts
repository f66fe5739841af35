import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ejs from 'ejs';
import { StartError } from '../start-error.ts';
import { emptiest, fullest } from './samples.ts';
import type { Sidebar, ToSidebar } from './sidebar.ts';

/** A view cannot be used; the message names it, and where EJS knows it, the line. */
export class ViewError extends StartError {
  override name = 'ViewError';
}

export type RenderSidebar = (sidebar: Sidebar) => string;

type View = (shown: object) => string;

/**
 * Compiles every view of the folder, once. A view sees what it shows under its own file's name
 * (`account.ejs` sees `account`) and the others as functions: `partial.fact(…)`, which is six
 * times faster than EJS's `include` and cannot leave the folder.
 *
 * Each is tried on the fullest account, the emptiest and a sentence alone, so that a mistake stops
 * the start and is never seen by an agent. Throws `ViewError`.
 */
export function compileViews(folder: string, toSidebar: ToSidebar): RenderSidebar {
  const strictly = compile(folder, withoutGaps);
  const now = new Date();
  try {
    for (const account of [fullest(now), emptiest])
      strictly(toSidebar([account.email], [account, account], now));
    strictly(toSidebar([emptiest.email], [], now));
  } catch (error) {
    throw error instanceof ViewError ? error : new ViewError((error as Error).message);
  }
  return compile(folder, (shown) => shown);
}

/** `see` is what becomes of all that a view is given. */
function compile(folder: string, see: (shown: object) => object): RenderSidebar {
  const partial: Record<string, View> = Object.create(null);
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.ejs'))) {
    const name = file.slice(0, -'.ejs'.length);
    const template = compileView(join(folder, file), name);
    partial[name] = (shown) => template({ [name]: see(shown), partial });
  }
  const sidebar = partial['sidebar'];
  if (sidebar === undefined) throw new ViewError(`There is no sidebar.ejs in ${folder}`);
  return sidebar;
}

function compileView(file: string, name: string): ejs.TemplateFunction {
  try {
    return ejs.compile(readFileSync(file, 'utf8'), {
      filename: file,
      // Without it, a key called "escapeFn" in what is shown would switch the escaping off.
      strict: true,
      destructuredLocals: [name, 'partial'],
      includer: () => {
        throw new Error(`include() is not available in ${file}; write partial.NAME(…)`);
      },
    });
  } catch (error) {
    // EJS names the file in some of its errors, and the line in none.
    throw new ViewError(`${file} does not compile: ${(error as Error).message}`);
  }
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
