// Collects what a kind's validation finds.
import type { Issue, IssueCode } from '../../../lib/issue.ts';

/** What a single check says: nothing, or a sentence (with a hint) for whoever knows the path. */
export type Problem = { readonly code: IssueCode; readonly message: string; readonly hint?: string } | undefined;

export interface IssueList {
  readonly issues: Issue[];
  error(path: string, code: IssueCode, message: string, hint?: string): void;
  warning(path: string, code: IssueCode, message: string, hint?: string): void;
  /** An error for each problem; undefined is none. */
  add(path: string, ...problems: Problem[]): void;
}

export function issueList(): IssueList {
  const issues: Issue[] = [];
  const push = (severity: Issue['severity'], path: string, code: IssueCode, message: string, hint?: string): void => {
    issues.push({ path, severity, code, message, ...(hint === undefined ? {} : { hint }) });
  };
  return {
    issues,
    error: (path, code, message, hint) => push('error', path, code, message, hint),
    warning: (path, code, message, hint) => push('warning', path, code, message, hint),
    add: (path, ...problems) => {
      for (const problem of problems) {
        if (problem !== undefined) push('error', path, problem.code, problem.message, problem.hint);
      }
    },
  };
}
