import { LookupError } from './account.ts';
import { whyUnreachable } from './failures.ts';

/** Why the program cannot start: something that a person can mend, in words, without a stack. */
export class StartError extends Error {
  override name = 'StartError';
}

/** What a person can mend is said in words; everything else is a defect, and keeps its stack. */
export function explain(error: unknown): void {
  if (error instanceof LookupError && error.class !== 'contract') {
    const { says, todo } = whyUnreachable(error.class);
    console.error(`${says}. ${todo}`);
  } else if (error instanceof LookupError) explain(error.cause);
  else console.error(error instanceof StartError ? error.message : error);
}
