// The objects that `heddle up` itself puts into the API: namespaces, mesh settings, and an ingress gateway.
import type { ObjectStore } from '../../galley/api-server/object-store.ts';
import type { KubernetesObject } from '../../lib/kubernetes.ts';
import { formatAddress, parseRange } from '../network/address-range.ts';
import { rootNamespace } from './up-options.ts';

const injectionLabel = 'istio-injection';
const managedBy = { 'app.kubernetes.io/managed-by': 'heddle' };

/** Makes the namespace unless it is there. One that somebody wrote keeps exactly the labels that they wrote. */
export function ensureNamespace(store: ObjectStore, name: string, inject: boolean): void {
  const labels = inject && ![rootNamespace, 'kube-system'].includes(name) ? { [injectionLabel]: 'enabled' } : {};
  if (store.get('namespaces', '', name) !== undefined) return;
  store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
}

/** The API makes `default` by itself, without labels; a label that is there, whatever it says, is somebody's will. */
export function labelDefaultNamespace(store: ObjectStore, inject: boolean): void {
  const found = store.get('namespaces', '', 'default');
  if (!inject || found?.metadata.labels?.[injectionLabel] !== undefined) return;
  store.modify({ resource: 'namespaces', namespace: '', name: 'default' }, ({ metadata }) => {
    metadata.labels = { ...metadata.labels, [injectionLabel]: 'enabled' };
  });
}

/** What istiod reads: ConfigMap `istio`. A given text replaces it; else one that is there stays. */
export function ensureMeshConfig(store: ObjectStore, text: string | undefined): void {
  const ref = { resource: 'configmaps', namespace: rootNamespace, name: 'istio' };
  const mesh = text ?? 'accessLogFile: /dev/stdout\n';
  if (store.get(ref.resource, ref.namespace, ref.name) === undefined) {
    const metadata = { namespace: ref.namespace, name: ref.name, labels: managedBy };
    store.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { mesh } });
  } else if (text !== undefined) {
    store.modify(ref, (object) => void (object['data'] = { ...Object(object['data']), mesh }));
  }
}

/** Where the hub's DNS answers: the tenth address of the services' range, as clusters have it. */
export function dnsAddress(serviceCidr: string): string {
  return formatAddress(parseRange(serviceCidr).first + 10);
}

/** No selector, no endpoints: its address is answered in the hub. */
export function ensureDnsService(store: ObjectStore, serviceCidr: string): void {
  const metadata = { namespace: 'kube-system', name: 'kube-dns', labels: { 'k8s-app': 'kube-dns', ...managedBy } };
  const clusterIP = dnsAddress(serviceCidr);
  const found = store.get('services', metadata.namespace, metadata.name);
  if (found !== undefined && Reflect.get(Object(found['spec']), 'clusterIP') === clusterIP) return;
  if (found !== undefined) store.delete({ resource: 'services', ...metadata });
  const ports = [
    { name: 'dns', port: 53, protocol: 'UDP' },
    { name: 'dns-tcp', port: 53, protocol: 'TCP' },
  ];
  store.create({ apiVersion: 'v1', kind: 'Service', metadata, spec: { clusterIP, ports } });
}

const gateway = { namespace: rootNamespace, name: 'istio-ingressgateway' };
const gatewayLabels = { app: 'istio-ingressgateway', istio: 'ingressgateway' };

function gatewayObjects(): KubernetesObject[] {
  const metadata = { ...gateway, labels: { ...gatewayLabels, ...managedBy } };
  const container = { name: 'istio-proxy', image: 'auto' };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        selector: { matchLabels: gatewayLabels },
        template: {
          metadata: {
            labels: { ...gatewayLabels, 'sidecar.istio.io/inject': 'true' },
            annotations: { 'inject.istio.io/templates': 'gateway' },
          },
          spec: { serviceAccountName: gateway.name, containers: [container] },
        },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: {
        type: 'LoadBalancer',
        selector: gatewayLabels,
        ports: [
          { name: 'status-port', port: 15021, targetPort: 15021 },
          { name: 'http2', port: 80, targetPort: 8080 },
          { name: 'https', port: 443, targetPort: 8443 },
        ],
      },
    },
  ];
}

/** The default gateway, unless it is not wanted or somebody brings their own; one of an earlier run goes then. */
export function ensureGateway(store: ObjectStore, wanted: boolean): void {
  const foreign = store
    .list('deployments.apps')
    .some((each) => isGateway(each) && each.metadata.labels?.['app.kubernetes.io/managed-by'] !== 'heddle');
  for (const object of gatewayObjects()) {
    const resource = { ServiceAccount: 'serviceaccounts', Deployment: 'deployments.apps', Service: 'services' }[
      object.kind
    ];
    if (resource === undefined) continue;
    const ref = { resource, ...gateway };
    const found = store.get(ref.resource, ref.namespace, ref.name);
    if (wanted && !foreign && found === undefined) store.create(object);
    const ours = found?.metadata.labels?.['app.kubernetes.io/managed-by'] === 'heddle';
    if ((!wanted || foreign) && ours) store.delete(ref);
  }
}

/** A workload whose pods carry the label by which Istio's Gateways select the ingress gateway. */
function isGateway(workload: KubernetesObject): boolean {
  const spec = workload['spec'] as { template?: { metadata?: { labels?: Record<string, string> } } } | undefined;
  return spec?.template?.metadata?.labels?.['istio'] === 'ingressgateway';
}
