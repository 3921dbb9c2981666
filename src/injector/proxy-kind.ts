// Which proxy a pod's sidecar is: the mesh's, or the one that the pod asks for.
import type { Issue } from '../lib/issue.ts';
import type { InjectorConfig, ProxyKind } from './injector-config.ts';
import { issueAt } from './traffic-annotations.ts';

const proxyAnnotation = 'sidecar.heddle.dev/proxy';

/** Which sidecar the pod gets: the mesh's, or the one that it asks for. A mesh may mix them. */
export function readProxyKind(
  annotations: Readonly<Record<string, string>>,
  config: Pick<InjectorConfig, 'proxy' | 'proxies'>,
): { readonly proxy: ProxyKind; readonly issues: readonly Issue[] } {
  const value = annotations[proxyAnnotation];
  if (value === undefined) return { proxy: config.proxy, issues: [] };
  const proxy = config.proxies.find((kind) => kind === value);
  if (proxy !== undefined) return { proxy, issues: [] };
  const known = value === 'embedded' || value === 'envoy';
  const message = known ? `there is no ${value} here` : `unknown proxy \`${value}\``;
  const hint = known && value === 'envoy' ? 'fetch it with: npm run peers' : `one of ${config.proxies.join(', ')}`;
  return { proxy: config.proxy, issues: [issueAt(proxyAnnotation, message, 'bad-enum', hint)] };
}
