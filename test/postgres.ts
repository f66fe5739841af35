import type { TestProject } from 'vitest/node';
import { openPostgres } from '../src/kit/demo/embedded-postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The superuser's address of the database "postgres" on the tests' server. */
    postgresUrl: string;
  }
}

/** Starts the Postgres that all test files share; the last run to end stops it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const postgres = await openPostgres('test', console.log);
  project.provide('postgresUrl', postgres.url('postgres', 'postgres'));
  return postgres.close;
}
