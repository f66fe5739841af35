/** What a check found; "skipped" could not be examined, and says why. */
export type Finding = {
  check: string;
  state: 'right' | 'advice' | 'wrong' | 'skipped';
  says: string;
  /** The remedy; may have several lines. */
  todo: string | null;
};

/** The findings of one check. */
export function about(check: string) {
  const finding =
    (state: Finding['state']) =>
    (says: string, todo: string | null = null) =>
      ({ check, state, says, todo }) satisfies Finding;
  return {
    right: finding('right'),
    advice: finding('advice'),
    wrong: finding('wrong'),
    skipped: finding('skipped'),
  };
}

/** Nothing is dropped silently: each of these is said not to have been examined. */
export function* skip(checks: readonly string[], why: string): Generator<Finding> {
  for (const check of checks) yield about(check).skipped(why);
}
