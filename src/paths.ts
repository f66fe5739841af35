import { fileURLToPath } from 'node:url';

/** The project's root, from the sources as well as from `dist`. */
const root = new URL('../', import.meta.url);

const inRoot = (path: string) => fileURLToPath(new URL(path, root));

export const viewsFolder = inRoot('views');
export const accountQueryFile = inRoot('sql/account.sql');
export const roleSqlFile = inRoot('sql/role.sql');
export const functionSqlFile = inRoot('sql/function.sql');
export const previewFolder = inRoot('preview');
export const demoSql = (file: string) => inRoot(`sql/demo/${file}`);
export const pageFile = (file: string) => inRoot(`page/${file}`);
