/** When each Node release line ends: https://github.com/nodejs/Release, read on 2026-11-29. */
const endOfLife: ReadonlyMap<number, string> = new Map([
  [20, '2026-04-30'],
  [21, '2024-06-01'],
  [22, '2027-04-30'],
  [23, '2025-06-01'],
  [24, '2028-04-30'],
  [25, '2026-06-01'],
  [26, '2029-04-30'],
  [27, '2030-04-30'],
]);

export type NodeRelease = ReturnType<typeof nodeRelease>;

/** Describes the running Node, or the one whose `process.versions` are given. */
export function nodeRelease(
  now: Date,
  versions: Readonly<Record<string, string | undefined>> = process.versions,
) {
  const version = String(versions['node']);
  const supportedUntil = endOfLife.get(Number(version.split('.')[0])) ?? null;
  return {
    version,
    /** As "2026e"; null where Node was built without ICU. Local times follow it. */
    timeZoneData: versions['tz'] ?? null,
    /** The last day, as "2028-04-30"; null for a release that is not in the table. */
    supportedUntil,
    // A release that is not listed came out after this table.
    isSupported: supportedUntil === null || now.toISOString().slice(0, 10) <= supportedUntil,
  };
}

export const nodeRemedy = 'run Node 24 or later, as the Docker image does';
