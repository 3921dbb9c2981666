// The webhook's rules on `exportTo`.
import type { Problem } from './issue-list.ts';
import { type IssueList } from './issue-list.ts';
import { isDnsLabel } from './host-names.ts';

/** `~` (nobody) is for ServiceEntry alone. */
export function checkExportTo(
  exportTo: readonly string[] | undefined,
  namespace: string,
  list: IssueList,
  allow: { readonly nobody?: boolean } = {},
): void {
  const seen = new Set<string>();
  for (const [index, entry] of (exportTo ?? []).entries()) {
    const path = `spec.exportTo[${index}]`;
    const key = entry === '.' ? namespace : entry;
    if (seen.has(key)) {
      list.error(
        path,
        'duplicate',
        entry === '.' ? `\`.\` is the namespace ${namespace}, which is listed too` : `\`${entry}\` is listed twice`,
      );
      continue;
    }
    const problem = checkEntry(key, allow.nobody === true);
    list.add(path, problem);
    if (problem === undefined) seen.add(key);
  }
  if ((exportTo ?? []).length < 2) return;
  if (seen.has('*')) list.error('spec.exportTo', 'crossing', '`*` is everyone and stands alone');
  if (seen.has('~')) list.error('spec.exportTo', 'crossing', '`~` is nobody and stands alone');
}

function checkEntry(entry: string, nobodyAllowed: boolean): Problem {
  if (entry === '*' || isDnsLabel(entry)) return undefined;
  if (entry === '~') {
    return nobodyAllowed ? undefined : { code: 'bad-value', message: '`~` (nobody) is only for service entries' };
  }
  return {
    code: 'bad-value',
    message: `\`${entry}\` is not a namespace`,
    hint: '`*` for everyone, `.` for this namespace, or a name',
  };
}
