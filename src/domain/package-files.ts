import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The project's root, from the sources as well as from `dist`. */
const rootUrl = new URL('../../', import.meta.url);

const inRoot = (path: string) => fileURLToPath(new URL(path, rootUrl));
/** With a separator at its end. */
export const root = inRoot('.');

export const viewsFolder = inRoot('views');
export const accountQueryFile = inRoot('sql/account.sql');
export const throughFunctionFiles = [
  '',
  '-by-number',
  '-with-context',
  '-by-number-with-context',
].map((suffix) => inRoot(`sql/through-function${suffix}.sql`));
export const roleSqlFile = inRoot('sql/role.sql');
export const functionSqlFile = inRoot('sql/function.sql');
export const envExampleFile = inRoot('.env.example');
export const manifestFile = inRoot('package.json');
export const previewFolder = inRoot('preview');
export const demoSql = (file: string) => inRoot(`sql/demo/${file}`);
export const pageFile = (file: string) => inRoot(`page/${file}`);

/** "0.1.0", as package.json has it. */
export const readVersion = (): string => JSON.parse(readFileSync(manifestFile, 'utf8')).version;
