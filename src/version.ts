import { readFileSync } from 'node:fs';
import { manifestFile } from './paths.ts';

/** "0.1.0", as package.json has it. */
export const readVersion = (): string => JSON.parse(readFileSync(manifestFile, 'utf8')).version;
