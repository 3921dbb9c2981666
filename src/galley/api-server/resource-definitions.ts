// The resources that the embedded API serves: names, scope and versions, as an explicit list.

export interface ResourceDefinition {
  /** `pods`, `deployments.apps`: plural and group, as kubectl writes them. Names the storage, whatever the version. */
  readonly id: string;
  /** Empty for the core group. */
  readonly group: string;
  /** All served versions; the first is the preferred one, in which objects are stored and handed out in-process. */
  readonly versions: readonly [string, ...string[]];
  readonly kind: string;
  readonly plural: string;
  readonly shortNames: readonly string[];
  readonly namespaced: boolean;
  /** With a status subresource, a write to the object leaves its status alone and the reverse. */
  readonly hasStatus: boolean;
  readonly categories: readonly string[];
}

interface Row {
  readonly short?: readonly string[];
  readonly cluster?: true;
  readonly noStatus?: true;
  readonly plural?: string;
  readonly all?: true;
}

type Versions = readonly [string, ...string[]];

function pluralOf(kind: string): string {
  const lower = kind.toLowerCase();
  if (/[^aeiou]y$/.test(lower)) return `${lower.slice(0, -1)}ies`;
  return /(?:s|x|ch)$/.test(lower) ? `${lower}es` : `${lower}s`;
}

function define(group: string, versions: Versions, kind: string, row: Row = {}): ResourceDefinition {
  const plural = row.plural ?? pluralOf(kind);
  const categories = row.all === true ? ['all'] : group.endsWith('.istio.io') ? ['istio-io'] : [];
  return {
    id: group === '' ? plural : `${plural}.${group}`,
    group,
    versions,
    kind,
    plural,
    shortNames: row.short ?? [],
    namespaced: row.cluster !== true,
    hasStatus: row.noStatus !== true,
    categories: group === 'gateway.networking.k8s.io' ? ['gateway-api'] : categories,
  };
}

const v1: Versions = ['v1'];
const istio: Versions = ['v1', 'v1beta1', 'v1alpha3'];
const istioSecurity: Versions = ['v1', 'v1beta1'];
const gatewayApi = 'gateway.networking.k8s.io';
const gatewayBeta: Versions = ['v1', 'v1beta1'];

export const resourceDefinitions: readonly ResourceDefinition[] = [
  define('', v1, 'Namespace', { short: ['ns'], cluster: true }),
  define('', v1, 'Node', { short: ['no'], cluster: true }),
  define('', v1, 'Service', { short: ['svc'], all: true }),
  define('', v1, 'ServiceAccount', { short: ['sa'], noStatus: true }),
  define('', v1, 'Pod', { short: ['po'], all: true }),
  define('', v1, 'ConfigMap', { short: ['cm'], noStatus: true }),
  define('', v1, 'Secret', { noStatus: true }),
  define('', v1, 'Endpoints', { short: ['ep'], noStatus: true, plural: 'endpoints' }),
  define('', v1, 'Event', { short: ['ev'], noStatus: true }),
  define('', v1, 'PersistentVolumeClaim', { short: ['pvc'] }),
  define('', v1, 'PersistentVolume', { short: ['pv'], cluster: true }),
  define('', v1, 'LimitRange', { short: ['limits'], noStatus: true }),
  define('', v1, 'ResourceQuota', { short: ['quota'] }),
  define('apps', v1, 'Deployment', { short: ['deploy'], all: true }),
  define('apps', v1, 'ReplicaSet', { short: ['rs'], all: true }),
  define('apps', v1, 'StatefulSet', { short: ['sts'], all: true }),
  define('apps', v1, 'DaemonSet', { short: ['ds'], all: true }),
  define('batch', v1, 'Job', { all: true }),
  define('discovery.k8s.io', v1, 'EndpointSlice', { noStatus: true }),
  define('coordination.k8s.io', v1, 'Lease', { noStatus: true }),
  // Kept for whoever reads them, so that manifests with them apply; nothing here acts on them.
  define('batch', v1, 'CronJob', { short: ['cj'], all: true }),
  define('autoscaling', ['v2', 'v1'], 'HorizontalPodAutoscaler', { short: ['hpa'], all: true }),
  define('policy', v1, 'PodDisruptionBudget', { short: ['pdb'] }),
  define('networking.k8s.io', v1, 'Ingress', { short: ['ing'] }),
  define('networking.k8s.io', v1, 'IngressClass', { cluster: true, noStatus: true }),
  define('networking.k8s.io', v1, 'NetworkPolicy', { short: ['netpol'], noStatus: true }),
  define('rbac.authorization.k8s.io', v1, 'Role', { noStatus: true }),
  define('rbac.authorization.k8s.io', v1, 'RoleBinding', { noStatus: true }),
  define('rbac.authorization.k8s.io', v1, 'ClusterRole', { cluster: true, noStatus: true }),
  define('rbac.authorization.k8s.io', v1, 'ClusterRoleBinding', { cluster: true, noStatus: true }),
  define('scheduling.k8s.io', v1, 'PriorityClass', { short: ['pc'], cluster: true, noStatus: true }),
  define('storage.k8s.io', v1, 'StorageClass', { short: ['sc'], cluster: true, noStatus: true }),
  define('networking.istio.io', istio, 'VirtualService', { short: ['vs'] }),
  define('networking.istio.io', istio, 'DestinationRule', { short: ['dr'] }),
  define('networking.istio.io', istio, 'Gateway', { short: ['gw'] }),
  define('networking.istio.io', istio, 'ServiceEntry', { short: ['se'] }),
  define('networking.istio.io', istio, 'Sidecar'),
  define('networking.istio.io', istio, 'WorkloadEntry', { short: ['we'] }),
  define('networking.istio.io', istio, 'WorkloadGroup', { short: ['wg'] }),
  define('networking.istio.io', ['v1alpha3'], 'EnvoyFilter'),
  define('networking.istio.io', ['v1beta1'], 'ProxyConfig'),
  define('security.istio.io', istioSecurity, 'AuthorizationPolicy', { short: ['ap'] }),
  define('security.istio.io', istioSecurity, 'PeerAuthentication', { short: ['pa'] }),
  define('security.istio.io', istioSecurity, 'RequestAuthentication', { short: ['ra'] }),
  define('telemetry.istio.io', ['v1', 'v1alpha1'], 'Telemetry', { short: ['telemetry'] }),
  define('extensions.istio.io', ['v1alpha1'], 'WasmPlugin'),
  define('extensions.istio.io', ['v1alpha1'], 'TrafficExtension'),
  define(gatewayApi, gatewayBeta, 'GatewayClass', { short: ['gc'], cluster: true }),
  define(gatewayApi, gatewayBeta, 'Gateway', { short: ['gtw'] }),
  define(gatewayApi, gatewayBeta, 'HTTPRoute'),
  define(gatewayApi, v1, 'GRPCRoute'),
  define(gatewayApi, ['v1', 'v1alpha3', 'v1alpha2'], 'TLSRoute'),
  define(gatewayApi, ['v1', 'v1alpha2'], 'TCPRoute'),
  define(gatewayApi, ['v1', 'v1alpha2'], 'UDPRoute'),
  define(gatewayApi, v1, 'ListenerSet', { short: ['lset'] }),
  define(gatewayApi, v1, 'BackendTLSPolicy', { short: ['btlspolicy'] }),
  define(gatewayApi, ['v1', 'v1beta1'], 'ReferenceGrant', { short: ['refgrant'], noStatus: true }),
];

const byId = new Map(resourceDefinitions.map((definition) => [definition.id, definition]));

export function definitionById(id: string): ResourceDefinition | undefined {
  return byId.get(id);
}

export function apiVersionOf(definition: ResourceDefinition, version = definition.versions[0]): string {
  return definition.group === '' ? version : `${definition.group}/${version}`;
}

/** `networking.istio.io/v1` -> group and version; the core group is empty. */
export function splitApiVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf('/');
  if (slash < 0) return { group: '', version: apiVersion };
  return { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/** Whether a patch joins lists of things with a name entry by entry: in Kubernetes' own kinds, not in custom resources. */
export function hasKeyedLists(group: string): boolean {
  return !group.includes('.') || (group.endsWith('.k8s.io') && !group.startsWith('gateway.'));
}

export function definitionOfKind(apiVersion: string, kind: string): ResourceDefinition | undefined {
  const { group, version } = splitApiVersion(apiVersion);
  return resourceDefinitions.find(
    (each) => each.group === group && each.kind === kind && each.versions.includes(version),
  );
}

/** What a person types: kind, plural, short name, each with or without `.group`. The first in the list wins. */
export function definitionByWord(word: string): ResourceDefinition | undefined {
  const lower = word.toLowerCase();
  const dot = lower.indexOf('.');
  const name = dot < 0 ? lower : lower.slice(0, dot);
  const group = dot < 0 ? undefined : lower.slice(dot + 1);
  return resourceDefinitions.find(
    (each) =>
      (group === undefined || each.group === group || each.versions.some((v) => group === `${v}.${each.group}`)) &&
      (each.plural === name || each.kind.toLowerCase() === name || each.shortNames.includes(name)),
  );
}
