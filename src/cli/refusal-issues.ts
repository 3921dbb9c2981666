// Turns the API's refusal of a document into issues with the places in the document's file.
import type { ApiError } from '../galley/api-server/api-error.ts';
import type { Issue } from '../lib/issue.ts';
import type { Manifest } from './check-manifests.ts';

/** One issue for each cause that the server names, or one for the whole document. */
export function refusalIssues(error: ApiError, manifest: Manifest): Issue[] {
  const { definition, object } = manifest;
  const subject = `${definition.kind} ${object.metadata.name}`;
  const causes = error.details?.causes?.filter(({ field }) => field !== undefined && field !== '') ?? [];
  const code = error.httpStatus === 409 ? 'conflict' : 'refused';
  if (causes.length > 0) {
    return causes.map(({ field = '', message }) => placed(manifest, { path: field, message, severity: 'error', code }));
  }
  const message = `${subject}: ${error.message}`;
  if (error.httpStatus !== 404 || error.details?.kind !== 'namespaces') {
    return [placed(manifest, { path: '', message, severity: 'error', code })];
  }
  const hint = 'create the namespace first: its document may be in the same file';
  return [placed(manifest, { path: 'metadata.namespace', message, severity: 'error', code: 'dangling', hint })];
}

function placed({ document }: Manifest, issue: Issue): Issue {
  const place = document.placeOf?.(issue.path);
  return place === undefined ? issue : { ...issue, place };
}
