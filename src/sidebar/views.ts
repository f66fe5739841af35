import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ejs from 'ejs';
import { emptiest, fullest } from './samples.ts';
import type { Sidebar, ToSidebar } from './sidebar.ts';

export type RenderSidebar = (sidebar: Sidebar) => string;

type View = (shown: object) => string;

/**
 * Compiles every view of the folder, once. A view sees what it shows under its own file's name
 * (`account.ejs` sees `account`) and the others as functions: `partial.fact(…)`, which is six
 * times faster than EJS's `include` and cannot leave the folder.
 * Throws, with the file, when a view does not compile.
 */
export function compileViews(folder: string): RenderSidebar {
  const partial: Record<string, View> = Object.create(null);
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.ejs'))) {
    const name = file.slice(0, -'.ejs'.length);
    partial[name] = compileView(join(folder, file), name, partial);
  }
  const sidebar = partial['sidebar'];
  if (sidebar === undefined) throw new Error(`There is no sidebar.ejs in ${folder}`);
  return sidebar;
}

function compileView(file: string, name: string, partial: Record<string, View>): View {
  try {
    const template = ejs.compile(readFileSync(file, 'utf8'), {
      filename: file,
      // Without it, a key called "escapeFn" in what is shown would switch the escaping off.
      strict: true,
      destructuredLocals: [name, 'partial'],
      includer: () => {
        throw new Error(`include() is not available in ${file}; write partial.NAME(…)`);
      },
    });
    return (shown) => template({ [name]: shown, partial });
  } catch (error) {
    // EJS names the file in some of its errors, and the line in none.
    throw new Error(`${file} does not compile`, { cause: error });
  }
}

/**
 * Renders the fullest and the emptiest account, and a sentence alone. Throws, with file and line,
 * when a view asks for something that is not there: found at the start, not on an agent's screen.
 */
export function checkViews(render: RenderSidebar, toSidebar: ToSidebar): void {
  const now = new Date();
  for (const account of [fullest(now), emptiest])
    render(withoutGaps(toSidebar([account.email], [account, account], now)));
  render(withoutGaps(toSidebar([emptiest.email], [], now)));
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
