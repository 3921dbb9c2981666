// What the end of a test run tells: each failed test with its error and diagnostics, the time of each tier, the slowest files.
import { relative } from 'node:path';
import type { TestsStream } from 'node:test';
import { inspect } from 'node:util';

interface Failure {
  readonly file: string;
  readonly name: string;
  readonly error: string;
  readonly diagnostics: string[];
}

interface FileTime {
  readonly file: string;
  readonly seconds: number;
}

const slowestFiles = 10;
const errorLines = 40;

export class TestSummary {
  readonly #failures: Failure[] = [];
  readonly #files: FileTime[] = [];
  readonly #tiers: string[] = [];

  /** Diagnostics of a test follow its result. */
  watch(events: TestsStream): void {
    const lastOf = new Map<string, Failure>();
    events.on('test:pass', ({ file = '' }) => void lastOf.delete(file));
    events.on('test:fail', ({ file = '', name, details }) => {
      lastOf.delete(file);
      if (failureType(details.error) === 'subtestsFailed') return;
      const failure = { file: relative('', file), name, error: errorText(details.error), diagnostics: [] };
      this.#failures.push(failure);
      lastOf.set(file, failure);
    });
    events.on('test:diagnostic', ({ file, message }) => {
      if (file !== undefined) lastOf.get(file)?.diagnostics.push(message);
    });
    events.on('test:summary', ({ file, duration_ms }) => {
      if (file !== undefined) this.#files.push({ file: relative('', file), seconds: duration_ms / 1000 });
    });
  }

  addTier(name: string, files: number, seconds: number): void {
    this.#tiers.push(`${seconds.toFixed(0).padStart(6)} s  ${name}: ${files} files`);
  }

  /** To be printed last, so that the tail of a log says all. */
  text(): string {
    const slowest = this.#files.toSorted((a, b) => b.seconds - a.seconds).slice(0, slowestFiles);
    return [
      '\n== time',
      ...this.#tiers,
      ...slowest.map(({ file, seconds }) => `${seconds.toFixed(1).padStart(8)} s  ${file}`),
      ...this.#failures.flatMap(failureLines),
    ].join('\n');
  }
}

function failureLines({ file, name, error, diagnostics }: Failure): string[] {
  return [`\n== failed: ${file}: ${name}`, ...diagnostics.map((line) => `  # ${line}`), error.replaceAll(/^/gm, '  ')];
}

function failureType(error: Error): unknown {
  return 'failureType' in error ? error.failureType : undefined;
}

/** The runner wraps what a test threw. */
function errorText(error: Error): string {
  const thrown = error.cause ?? error;
  const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : inspect(thrown);
  const lines = text.split('\n');
  return lines.length <= errorLines ? text : [...lines.slice(0, errorLines), '...'].join('\n');
}
