/** One thing that speaks for a candidate, or against it, where it holds. */
export type Evidence = readonly [holds: boolean, points: number, reason?: string];

/** The points of what holds, and the reasons that are worth printing. */
export function addUp(...evidence: Evidence[]): { score: number; reasons: string[] } {
  const holding = evidence.filter(([holds]) => holds);
  return {
    score: holding.reduce((sum, [, points]) => sum + points, 0),
    reasons: holding.flatMap(([, , reason]) => reason ?? []),
  };
}

/** The likeliest first: the highest figure, or the first in the alphabet; the next decides ties. */
export function rankBy<T>(
  candidates: readonly T[],
  ...figures: ((candidate: T) => number | boolean | string)[]
): T[] {
  return [...candidates].sort((a, b) => {
    for (const figure of figures) {
      const [left, right] = [figure(a), figure(b)];
      const order =
        typeof left === 'string' ? left.localeCompare(String(right)) : Number(right) - Number(left);
      if (order !== 0) return order;
    }
    return 0;
  });
}

/**
 * Why the draft is as it is. All reasons that do not belong to a line of the query are notes: they
 * stand above it, and those that ask for a decision are printed as warnings, too.
 */
export type Note = {
  kind: 'chosen' | 'one of several' | 'left out' | 'please check';
  /** A part of the draft, such as "company", or a column of the account query. */
  about: string;
  text: string;
};

const maxAlternatives = 2;

/** The candidate that was chosen, and what else it might have been. */
export function notesOnChoice(about: string, candidates: readonly string[], none: string): Note[] {
  const [chosen = none, ...others] = new Set(candidates);
  return [
    { kind: 'chosen', about, text: chosen },
    ...others
      .slice(0, maxAlternatives)
      .map((text): Note => ({ kind: 'one of several', about, text })),
  ];
}

const isWarning = ({ kind }: Note) => kind === 'left out' || kind === 'please check';

/** The notes that ask for a decision, as sentences. */
export const warningsOf = (notes: readonly Note[]) =>
  notes
    .filter(isWarning)
    .map(({ kind, about, text }) => (kind === 'left out' ? `Left out ${about}: ${text}.` : text));

/** The choices as a table: what was chosen for each part, and what else it might have been. */
export function choicesOf(notes: readonly Note[]): string[] {
  const choices = notes.filter((note) => !isWarning(note));
  const width = Math.max(...choices.map(({ about }) => about.length)) + 2;
  return choices.map(({ kind, about, text }) =>
    kind === 'chosen' ? `${about}:`.padEnd(width) + text : `${' '.repeat(width)}or ${text}`,
  );
}
