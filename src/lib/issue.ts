// A problem in configuration, as a value. One shape for the webhook, the CLI, the console and a NACK.

/** Where a document's text has the value: the file as the user named it; line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export type IssueCode =
  | 'syntax'
  | 'unknown-field'
  | 'unknown-kind'
  | 'wrong-type'
  | 'out-of-range'
  | 'bad-enum'
  | 'missing'
  | 'dangling'
  | 'duplicate'
  | 'bad-duration'
  | 'bad-regex'
  | 'bad-value'
  | 'crossing'
  | 'not-yet'
  | 'refused'
  | 'conflict';

/**
 * `path` is the field path from the document's root (`spec.http[0].route[1].weight`), empty for the document itself.
 * A warning never stops a document from being taken; an error always does.
 */
export interface Issue {
  readonly path: string;
  readonly message: string;
  readonly severity: 'error' | 'warning';
  readonly code: IssueCode;
  readonly hint?: string;
  readonly place?: Place;
}

export function hasErrors(issues: readonly Issue[]): boolean {
  return issues.some((issue) => issue.severity === 'error');
}

/** One line for people: `bookinfo.yaml:12:7: error: spec.http[0]: ... (hint)`. */
export function formatIssue(issue: Issue): string {
  const at = issue.place ? `${issue.place.file}:${issue.place.line}:${issue.place.column}: ` : '';
  const path = issue.path === '' ? '' : `${issue.path}: `;
  const hint = issue.hint === undefined ? '' : ` (${issue.hint})`;
  return `${at}${issue.severity}: ${path}${issue.message}${hint}`;
}
