// Who sees a resource: `exportTo` as written, resolved to namespaces.
import type { ExportTo } from '../../model/service.ts';

export const everyone: ExportTo = { all: true };

/** `*` is everyone, `.` the owner's namespace, `~` nobody; an empty list takes the mesh's default. */
export function resolveExportTo(
  written: readonly string[],
  ownNamespace: string,
  meshDefault: readonly string[],
): ExportTo {
  const values = written.length > 0 ? written : meshDefault;
  if (values.length === 0 || values.includes('*')) return everyone;
  if (values.includes('~')) return { all: false, namespaces: [] };
  const namespaces = new Set(values.map((value) => (value === '.' ? ownNamespace : value)));
  return { all: false, namespaces: [...namespaces].sort() };
}
