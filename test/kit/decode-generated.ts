// Decodes everything that Pilot generates for a proxy, as the embedded sidecar would; says what it would refuse.
import {
  decodeCluster,
  decodeListener,
  decodeLoadAssignment,
  decodeRouteConfiguration,
} from '../../src/decide/config/decode-resource.ts';
import type { Issue } from '../../src/lib/issue.ts';
import { formatIssue } from '../../src/lib/issue.ts';
import type { ProxyResources } from '../../src/pilot/proxy-resources.ts';
import { typeUrls } from '../../src/pilot/proxy-resources.ts';

const decoders: Readonly<Record<string, (bytes: Uint8Array) => { readonly issues: readonly Issue[] }>> = {
  [typeUrls.listener]: decodeListener,
  [typeUrls.route]: decodeRouteConfiguration,
  [typeUrls.cluster]: decodeCluster,
  [typeUrls.endpoint]: decodeLoadAssignment,
};

export interface GeneratedCheck {
  readonly resources: number;
  readonly issues: readonly string[];
}

/** `seen` holds versions: equal bytes are decoded once. */
export function decodeGenerated(resources: ProxyResources, seen: Set<string> = new Set()): GeneratedCheck {
  const issues: string[] = [];
  let count = 0;
  for (const [typeUrl, decode] of Object.entries(decoders)) {
    for (const { name, version, bytes } of resources.of(typeUrl).values()) {
      count += 1;
      const key = `${typeUrl} ${version}`;
      if (seen.has(key)) continue;
      seen.add(key);
      // A warning is about what Pilot prints and the embedded proxy takes without doing all of it.
      const errors = decode(bytes).issues.filter(({ severity }) => severity === 'error');
      for (const issue of errors) issues.push(`${typeUrl.split('.').at(-1)} ${name}: ${formatIssue(issue)}`);
    }
  }
  return { resources: count, issues };
}
