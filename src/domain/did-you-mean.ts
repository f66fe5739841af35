const mostChanges = 2;

/** Which of these was likely meant, where a letter or two are wrong; in short ones, only one. */
export function didYouMean(name: string, known: Iterable<string>): string | null {
  const near = [...known]
    .map((one) => ({ one, distance: editDistance(name, one) }))
    .filter(
      ({ one, distance }) => distance > 0 && distance <= Math.min(mostChanges, one.length / 4),
    );
  return near.sort((a, b) => a.distance - b.distance)[0]?.one ?? null;
}

/** How many letters must be put in, taken out or changed. */
function editDistance(from: string, to: string): number {
  let before = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...from].entries()) {
    const row = [i + 1];
    for (const [j, other] of [...to].entries()) {
      const changed = (before[j] ?? 0) + (letter === other ? 0 : 1);
      row.push(Math.min(changed, (before[j + 1] ?? 0) + 1, (row[j] ?? 0) + 1));
    }
    before = row;
  }
  return before[to.length] ?? 0;
}
