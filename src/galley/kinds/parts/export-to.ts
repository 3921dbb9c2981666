// Who sees a resource: the webhook's rules on `exportTo`, and what is written there resolved to namespaces.
import type { ExportTo } from '../../../model/service.ts';
import { isDnsLabel } from './host-names.ts';
import type { IssueList, Problem } from './issue-list.ts';

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

/** `*` is everyone, `.` the owner's namespace, `~` nobody; an empty list takes the mesh's default. */
export function resolveExportTo(
  written: readonly string[],
  ownNamespace: string,
  meshDefault: readonly string[],
): ExportTo {
  const values = written.length > 0 ? written : meshDefault;
  if (values.length === 0 || values.includes('*')) return { all: true };
  if (values.includes('~')) return { all: false, namespaces: [] };
  const namespaces = new Set(values.map((value) => (value === '.' ? ownNamespace : value)));
  return { all: false, namespaces: [...namespaces].sort() };
}
