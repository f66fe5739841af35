const hourMs = 3_600_000;

/** Nobody opens the same conversation that often in an hour. */
const oftenPerHour = 60;

/** Of these, at most; a conversation more is not worth the memory. */
const mostSignatures = 10_000;

/** 72 of its 160 bits: no two conversations share them. Longer slices would keep the whole alive in V8. */
const keptLetters = 12;

/**
 * Whether this signature has now come suspiciously often in this hour. Help Scout's signature has
 * no time in it, so that a captured request and an opened conversation look the same: all that can
 * be told is how often. True once for each signature and hour.
 */
export function createRepetitionCheck(now: () => Date): (signature: string) => boolean {
  let hour = 0;
  const counts = new Map<string, number>();
  return (signature) => {
    const thisHour = Math.floor(now().getTime() / hourMs);
    if (thisHour !== hour || counts.size >= mostSignatures) counts.clear();
    hour = thisHour;
    // A signature is a key to its answer, so only a part of it is kept, which opens nothing.
    const key = signature.slice(0, keptLetters);
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return count === oftenPerHour;
  };
}
