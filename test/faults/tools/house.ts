import { afterAll, beforeAll } from 'vitest';
import { type BreakablePostgres, openBreakablePostgres } from './postgres.ts';
import { type RunningSidebar, startSidebar } from './sidebar.ts';

export type House = { postgres: BreakablePostgres; sidebar: RunningSidebar };

/** One sidebar, on a Postgres of its own, for all tests of a file; it is there once they begin. */
export function houseForAll(): House {
  const house = {} as House;
  beforeAll(async () => {
    house.postgres = await openBreakablePostgres();
    house.sidebar = await startSidebar(house.postgres.readerUrl);
  });
  afterAll(async () => {
    await house.sidebar?.stop();
    await house.postgres?.close();
  });
  return house;
}
