import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { LookupError } from '../../domain/account.ts';
import { ContractError } from '../../postgres/contract.ts';
import { ViewError } from '../../sidebar/views.ts';

/** Why a saved file is not served. */
export type Problem = {
  /** Null when it concerns no file, as when the database is down. */
  place: { file: string; line: number; text: string } | null;
  message: string;
};

export function problemsIn(error: unknown): Problem[] {
  if (error instanceof ContractError) return error.message.split('\n').map(fromContract);
  if (error instanceof ViewError) {
    const { place, reason } = error;
    return [{ place: place && withText(place.file, place.line), message: reason }];
  }
  const message = error instanceof Error ? error.message : String(error);
  const isAway = error instanceof LookupError;
  return [
    { place: null, message: isAway ? `Cannot query the database (${error.class}).` : message },
  ];
}

/** Each line of a `ContractError` is "file:line: message". */
function fromContract(line: string): Problem {
  const [, file, number, message] = /^(.+?):(\d+): (.*)$/.exec(line) ?? [];
  return file === undefined || message === undefined
    ? { place: null, message: line }
    : { place: withText(file, Number(number)), message };
}

function withText(path: string, line: number) {
  const file = basename(path);
  try {
    return { file, line, text: readFileSync(path, 'utf8').split('\n')[line - 1] ?? '' };
  } catch {
    return { file, line, text: '' };
  }
}
