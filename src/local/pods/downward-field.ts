// The downward API: what a container may learn about its own pod.
import type { Pod } from '../../lib/kubernetes.ts';
import { hubAddress } from '../network/hub-address.ts';

/** `metadata.labels['app']`, `status.podIP`, ...; `undefined` for a path that Kubernetes does not offer. */
export function downwardField(pod: Pod, path: string, podIP: string): string | undefined {
  const { metadata, spec } = pod;
  const single = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (single !== null) return metadata[single[1] === 'labels' ? 'labels' : 'annotations']?.[single[2] ?? ''] ?? '';
  switch (path) {
    case 'metadata.name':
      return metadata.name;
    case 'metadata.namespace':
      return metadata.namespace ?? 'default';
    case 'metadata.uid':
      return metadata.uid ?? '';
    case 'metadata.labels':
      return printPairs(metadata.labels ?? {});
    case 'metadata.annotations':
      return printPairs(metadata.annotations ?? {});
    case 'spec.nodeName':
      return spec.nodeName ?? nodeName;
    case 'spec.serviceAccountName':
      return spec.serviceAccountName ?? 'default';
    case 'status.podIP':
    case 'status.podIPs':
      return podIP;
    case 'status.hostIP':
    case 'status.hostIPs':
      return hubAddress;
    default:
      return undefined;
  }
}

/** The name of the only node there is. */
export const nodeName = 'heddle';

/** One `key="value"` per line, the value quoted as Go does it. */
function printPairs(pairs: Readonly<Record<string, string>>): string {
  return Object.keys(pairs)
    .toSorted()
    .map((key) => `${key}=${JSON.stringify(pairs[key])}`)
    .join('\n');
}
