// Whether a pod gets a sidecar at all: Istio's namespace and object selectors of the webhook, then its own checks.
import type { Pod } from '../lib/kubernetes.ts';

const systemNamespaces = new Set(['kube-system', 'kube-public', 'kube-node-lease', 'local-path-storage']);

/** Why a pod is left as it is, or undefined when it is to be injected. */
export function reasonToSkip(pod: Pod, namespaceLabels: Readonly<Record<string, string>>): string | undefined {
  const unselected = reasonNotSelected(pod, namespaceLabels);
  if (unselected !== undefined) return unselected;
  if (pod.spec.hostNetwork === true) return 'hostNetwork: the redirect rules would be the whole host’s';
  const namespace = pod.metadata.namespace ?? 'default';
  if (systemNamespaces.has(namespace)) return `namespace ${namespace} is never injected`;
  if (pod.metadata.annotations?.['sidecar.istio.io/status'] !== undefined) return 'already injected';
  const label = pod.metadata.labels?.['sidecar.istio.io/inject'];
  const wish = label ?? pod.metadata.annotations?.['sidecar.istio.io/inject'] ?? '';
  // An empty wish leaves it to the namespace, which was asked above; what is not a yes is a no.
  if (wish === '' || /^(?:y|yes|true|on)$/i.test(wish)) return undefined;
  const where = label === undefined ? 'annotation' : 'label';
  return `pod ${where} sidecar.istio.io/inject is ${wish}`;
}

/** The webhook's selectors: a labelled namespace injects what does not object; elsewhere a pod has to ask by label. */
function reasonNotSelected(pod: Pod, namespaceLabels: Readonly<Record<string, string>>): string | undefined {
  const injection = namespaceLabels['istio-injection'];
  const revision = namespaceLabels['istio.io/rev'];
  const podLabels = pod.metadata.labels ?? {};
  const asks = podLabels['sidecar.istio.io/inject'];
  if (injection === 'enabled' || (injection === undefined && revision === 'default')) {
    return asks === 'false' ? 'pod label sidecar.istio.io/inject is false' : undefined;
  }
  if (injection !== undefined) return `namespace label istio-injection is ${injection}`;
  if (revision !== undefined) return `namespace label istio.io/rev is ${revision}, which is another revision`;
  if (podLabels['istio.io/rev'] === 'default' && asks !== 'false') return undefined;
  if (asks === 'true' && podLabels['istio.io/rev'] === undefined) return undefined;
  return 'neither the namespace (istio-injection=enabled) nor the pod (sidecar.istio.io/inject=true) asks for a sidecar';
}
