import type { Reporter, TestCase, TestModule } from 'vitest/node';

declare module 'vitest' {
  interface TaskMeta {
    /** What a test measured, such as "200,000 requests". */
    measured?: string;
  }
}

/** Of an error: it may hold all that a server printed. */
const mostShown = 4_000;

type Row = { subject: string; promise: string; measured: string; result: string };

/** Prints a line when a promise was tried, and at the end what, how many and with which result. */
export class Table implements Reporter {
  readonly #rows: Row[] = [];
  readonly #started = performance.now();

  onTestCaseReady(test: TestCase): void {
    console.log(`${this.#elapsed()}  … ${test.fullName}`);
  }

  onTestCaseResult(test: TestCase): void {
    const { state, errors } = test.result();
    const row = {
      subject: test.module.relativeModuleId.replace('.test.ts', ''),
      promise: test.fullName.replaceAll(' > ', ' '),
      measured: test.meta().measured ?? '',
      result: { passed: 'kept', failed: 'BROKEN', skipped: 'not tried', pending: 'not tried' }[
        state
      ],
    };
    this.#rows.push(row);
    console.log(`${this.#elapsed()}  ${row.result}: ${row.promise} ${row.measured}`);
    for (const { stack, message, diff } of errors ?? [])
      console.log(indent([stack ?? message, diff ?? ''].join('\n').slice(0, mostShown)));
  }

  onTestModuleEnd(module: TestModule): void {
    for (const error of module.errors()) console.log(indent(error.stack ?? error.message));
  }

  onTestRunEnd(_: unknown, errors: readonly { message: string; stack?: string }[]): void {
    for (const error of errors) console.log(indent(error.stack ?? error.message));
    console.log('');
    for (const { subject, promise, measured, result } of this.#rows)
      console.log(`| ${subject} | ${promise} | ${measured} | ${result} |`);
    const broken = this.#rows.filter(({ result }) => result === 'BROKEN').length;
    console.log(`\n${this.#rows.length} promises, ${broken} broken, in ${this.#elapsed().trim()}`);
  }

  #elapsed(): string {
    const seconds = Math.round((performance.now() - this.#started) / 1_000);
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`.padStart(6);
  }
}

const indent = (text: string) => text.replace(/^/gm, '        ');
