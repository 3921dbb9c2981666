// Where in a resource a decoder is, and the problems it found on its way. Paths are built only when there is a problem.
import { childPath } from '../../../lib/field-path.ts';
import type { Issue, IssueCode } from '../../../lib/issue.ts';

export interface Cursor {
  readonly parent: Cursor | undefined;
  readonly step: string | number;
  readonly issues: Issue[];
}

/** The resource itself. */
export function rootCursor(): Cursor {
  return { parent: undefined, step: '', issues: [] };
}

/** A field of the message that `at` stands for, by its name in the .proto file, or an item of a list. */
export function under(at: Cursor, step: string | number): Cursor {
  return { parent: at, step, issues: at.issues };
}

export function refuse(at: Cursor, code: IssueCode, message: string): void {
  at.issues.push({ path: pathOf(at), message, severity: 'error', code });
}

/** For what Envoy has and we do not: better refused than ignored. */
export function notYet(at: Cursor, what: string): void {
  refuse(at, 'not-yet', `${what} is not supported`);
}

/** For what is taken, but will not do all that it says. */
export function warn(at: Cursor, message: string): void {
  at.issues.push({ path: pathOf(at), message, severity: 'warning', code: 'not-yet' });
}

function pathOf(at: Cursor): string {
  return at.parent === undefined ? '' : childPath(pathOf(at.parent), at.step);
}
