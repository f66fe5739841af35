/** Why the program cannot start: something that a person can mend, in words, without a stack. */
export class StartError extends Error {
  override name = 'StartError';
}
