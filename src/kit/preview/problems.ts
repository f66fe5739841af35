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
  if (error instanceof ViewError)
    return [
      {
        place: error.place && withText(error.place.file, error.place.line),
        message: error.reason,
      },
    ];
  if (error instanceof LookupError)
    return [{ place: null, message: `Cannot query the database (${error.class}).` }];
  return [{ place: null, message: error instanceof Error ? error.message : String(error) }];
}

/** Each line of a `ContractError` is "file:line: message". */
function fromContract(line: string): Problem {
  const [, file, number, message] = /^(.+?):(\d+): (.*)$/.exec(line) ?? [];
  return file === undefined || message === undefined
    ? { place: null, message: line }
    : { place: withText(file, Number(number)), message };
}

function withText(file: string, line: number) {
  return { file: basename(file), line, text: lineOf(file, line) };
}

function lineOf(file: string, line: number): string {
  try {
    return readFileSync(file, 'utf8').split('\n')[line - 1] ?? '';
  } catch {
    return '';
  }
}
