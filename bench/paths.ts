import { fileURLToPath } from 'node:url';

/** A path in the project, from `dist-bench/bench`. */
export const inProject = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
