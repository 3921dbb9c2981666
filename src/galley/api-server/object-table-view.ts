// The `Table` form that kubectl asks for: the columns people expect for each kind.
import type { KubernetesObject, PodStatus } from '../../lib/kubernetes.ts';
import type { ResourceDefinition } from './resource-definitions.ts';

interface Column {
  readonly name: string;
  readonly read: (object: KubernetesObject) => unknown;
}

export interface Table {
  readonly kind: 'Table';
  readonly apiVersion: 'meta.k8s.io/v1';
  readonly metadata: object;
  readonly columnDefinitions: readonly {
    name: string;
    type: string;
    format: string;
    description: string;
    priority: 0;
  }[];
  readonly rows: readonly { cells: readonly unknown[]; object: object }[];
}

function at(object: unknown, path: string): unknown {
  let value: unknown = object;
  for (const key of path.split('.'))
    value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  return value;
}

function listAt(object: unknown, path: string): unknown[] {
  const value = at(object, path);
  return Array.isArray(value) ? value : [];
}

/** A cell's text for whatever stands at `path`. */
function textAt(object: unknown, path: string, fallback = ''): string {
  const value = at(object, path) ?? fallback;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function column(name: string, path: string): Column {
  return { name, read: (object) => textAt(object, path) };
}

function count(name: string, path: string): Column {
  return { name, read: (object) => Object.keys(at(object, path) ?? {}).length };
}

function readyOf(object: KubernetesObject): string {
  return `${textAt(object, 'status.readyReplicas', '0')}/${textAt(object, 'spec.replicas', '0')}`;
}

function portsOf(object: KubernetesObject): string {
  const ports = listAt(object, 'spec.ports').map(
    (port) => `${textAt(port, 'port')}/${textAt(port, 'protocol', 'TCP')}`,
  );
  return ports.join(',') || '<none>';
}

export function podSummary(pod: KubernetesObject): { ready: string; status: string; restarts: number } {
  const status: PodStatus = pod['status'] ?? {};
  const containers = status.containerStatuses ?? [];
  const waiting = [...(status.initContainerStatuses ?? []), ...containers]
    .map(({ state }) => state?.waiting?.reason)
    .find((reason) => reason !== undefined && reason !== 'PodInitializing' && reason !== 'ContainerCreating');
  const word = waiting ?? status.reason ?? status.phase ?? 'Pending';
  // A sidecar runs as an init container that stays, and counts as kubectl counts it.
  const sidecars = listAt(pod, 'spec.initContainers').filter((each) => at(each, 'restartPolicy') === 'Always');
  const sidecarNames = new Set(sidecars.map((each) => at(each, 'name')));
  const running = [...containers, ...(status.initContainerStatuses ?? []).filter(({ name }) => sidecarNames.has(name))];
  const total = listAt(pod, 'spec.containers').length + sidecars.length;
  return {
    ready: `${running.filter(({ ready }) => ready).length}/${total}`,
    status: pod.metadata.deletionTimestamp === undefined ? word : 'Terminating',
    restarts: running.reduce((sum, { restartCount }) => sum + restartCount, 0),
  };
}

const hosts = column('Hosts', 'spec.hosts');

const columnsOf: Readonly<Record<string, readonly Column[]>> = {
  namespaces: [column('Status', 'status.phase')],
  pods: [
    { name: 'Ready', read: (pod) => podSummary(pod).ready },
    { name: 'Status', read: (pod) => podSummary(pod).status },
    { name: 'Restarts', read: (pod) => podSummary(pod).restarts },
    { name: 'IP', read: (pod) => at(pod, 'status.podIP') ?? '<none>' },
  ],
  services: [
    column('Type', 'spec.type'),
    { name: 'Cluster-IP', read: (service) => at(service, 'spec.clusterIP') ?? '<none>' },
    { name: 'Port(s)', read: portsOf },
  ],
  configmaps: [count('Data', 'data')],
  secrets: [column('Type', 'type'), count('Data', 'data')],
  events: [
    column('Type', 'type'),
    column('Reason', 'reason'),
    column('Object', 'involvedObject.name'),
    column('Message', 'message'),
  ],
  'deployments.apps': [
    { name: 'Ready', read: readyOf },
    { name: 'Up-to-date', read: (object) => at(object, 'status.updatedReplicas') ?? 0 },
    { name: 'Available', read: (object) => at(object, 'status.availableReplicas') ?? 0 },
  ],
  'replicasets.apps': [
    { name: 'Desired', read: (object) => at(object, 'spec.replicas') ?? 0 },
    { name: 'Current', read: (object) => at(object, 'status.replicas') ?? 0 },
    { name: 'Ready', read: (object) => at(object, 'status.readyReplicas') ?? 0 },
  ],
  'daemonsets.apps': [{ name: 'Ready', read: (object) => at(object, 'status.numberReady') ?? 0 }],
  'jobs.batch': [
    {
      name: 'Completions',
      read: (job) => `${textAt(job, 'status.succeeded', '0')}/${textAt(job, 'spec.completions', '1')}`,
    },
  ],
  'statefulsets.apps': [{ name: 'Ready', read: readyOf }],
  'endpointslices.discovery.k8s.io': [
    column('AddressType', 'addressType'),
    {
      name: 'Ports',
      read: (slice) =>
        listAt(slice, 'ports')
          .map((port) => at(port, 'port'))
          .join(',') || '<unset>',
    },
    {
      name: 'Endpoints',
      read: (slice) =>
        listAt(slice, 'endpoints')
          .flatMap((each) => listAt(each, 'addresses'))
          .join(',') || '<unset>',
    },
  ],
  'virtualservices.networking.istio.io': [column('Gateways', 'spec.gateways'), hosts],
  'destinationrules.networking.istio.io': [column('Host', 'spec.host')],
  'serviceentries.networking.istio.io': [
    hosts,
    column('Location', 'spec.location'),
    column('Resolution', 'spec.resolution'),
  ],
  'workloadentries.networking.istio.io': [column('Address', 'spec.address')],
  'authorizationpolicies.security.istio.io': [column('Action', 'spec.action')],
  'peerauthentications.security.istio.io': [column('Mode', 'spec.mtls.mode')],
  'httproutes.gateway.networking.k8s.io': [column('Hostnames', 'spec.hostnames')],
  'grpcroutes.gateway.networking.k8s.io': [column('Hostnames', 'spec.hostnames')],
  'gateways.gateway.networking.k8s.io': [column('Class', 'spec.gatewayClassName')],
  'gatewayclasses.gateway.networking.k8s.io': [column('Controller', 'spec.controllerName')],
};

export function ageOf(timestamp: string | undefined, nowMs: number): string {
  if (timestamp === undefined) return '<unknown>';
  const seconds = Math.max(0, Math.floor((nowMs - Date.parse(timestamp)) / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

/** `present` gives the row's object in the version asked for; kubectl reads its metadata only. */
export function tableOf(
  definition: ResourceDefinition,
  objects: readonly KubernetesObject[],
  metadata: object,
  present: (object: KubernetesObject) => KubernetesObject,
): Table {
  const now = Date.now();
  const columns: readonly Column[] = [
    { name: 'Name', read: (object) => object.metadata.name },
    ...(columnsOf[definition.id] ?? []),
    { name: 'Age', read: (object) => ageOf(object.metadata.creationTimestamp, now) },
  ];
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: columns.map(({ name }) => ({
      name,
      type: 'string',
      format: name === 'Name' ? 'name' : '',
      description: '',
      priority: 0,
    })),
    rows: objects.map((object) => ({
      cells: columns.map(({ read }) => read(object)),
      object: rowObject(present(object)),
    })),
  };
}

function rowObject({ metadata }: KubernetesObject): object {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
}
