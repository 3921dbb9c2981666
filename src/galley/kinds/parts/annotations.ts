// The webhook's rules on annotations, the same for every Istio kind.
import { childPath } from '../../../lib/field-path.ts';
import type { ObjectMeta } from '../../../lib/kubernetes.ts';
import type { IssueList } from './issue-list.ts';

const dryRun = 'istio.io/dry-run';
const alwaysReject = 'internal.istio.io/webhook-always-reject';

/** Only AuthorizationPolicy may be tried without force. */
export function checkAnnotations(metadata: ObjectMeta, list: IssueList): void {
  const path = 'metadata.annotations';
  const has = (name: string): boolean => metadata.annotations?.[name] !== undefined;
  if (has(dryRun)) list.error(childPath(path, dryRun), 'bad-value', 'only an AuthorizationPolicy can be a dry run');
  if (has(alwaysReject)) list.error(childPath(path, alwaysReject), 'bad-value', 'this annotation asks for refusal');
}
