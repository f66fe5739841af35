import type { Review } from '../server/serve.ts';

/** What the doctor would say of this database, for the log; loaded while agents are served already. */
export const reviewOf =
  (databaseUrl: string): Review =>
  async (query, log) => {
    const { warnOfDatabase } = await import('./doctor/warn-of-database.ts');
    await warnOfDatabase(databaseUrl, query, log);
  };
