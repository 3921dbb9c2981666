// EndpointSlices: where the pods of each service are, and which of them are ready.
import { createHash } from 'node:crypto';
import { encodeSuffix } from '../../galley/api-server/object-metadata.ts';
import type { KubernetesObject, Pod } from '../../lib/kubernetes.ts';
import { labelsInclude } from '../../lib/labels.ts';
import { type Controller, type ControllerContext, keyOf, type ObjectKey, splitKey } from './controller.ts';
import { isReady, ownerReference } from './workload.ts';

const resource = 'endpointslices.discovery.k8s.io';
const serviceLabel = 'kubernetes.io/service-name';
const managedByLabel = 'endpointslice.kubernetes.io/managed-by';
const managedBy = 'endpointslice-controller.k8s.io';

interface ServicePort {
  name?: string;
  port: number;
  targetPort?: number | string;
  protocol?: string;
  appProtocol?: string;
}

interface Service extends KubernetesObject {
  spec: {
    type?: string;
    clusterIP?: string;
    selector?: Record<string, string>;
    ports?: ServicePort[];
    publishNotReadyAddresses?: boolean;
  };
}

interface SlicePort {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  readonly appProtocol?: string;
}

export const endpointSliceController: Controller = {
  name: 'endpoint-slice',
  resources: ['services', 'pods', resource],
  keysOf: ({ object, previous }, { store }) => {
    if (object.kind === 'Service') return [keyOf(object)];
    const { namespace = '', labels } = object.metadata;
    if (object.kind === 'EndpointSlice') {
      const service = labels?.[managedByLabel] === managedBy ? labels[serviceLabel] : undefined;
      return service === undefined ? [] : [`${namespace}/${service}`];
    }
    const states = [object, ...(previous === undefined ? [] : [previous])];
    const services = store.list<Service>('services', namespace);
    return services.filter((service) => states.some((pod) => selects(service, pod))).map(keyOf);
  },
  reconcile,
};

function selects({ spec }: Service, pod: KubernetesObject): boolean {
  const selector = spec.selector ?? {};
  return Object.keys(selector).length > 0 && labelsInclude(pod.metadata.labels ?? {}, selector);
}

function reconcile(key: ObjectKey, { store }: ControllerContext): void {
  const { namespace, name } = splitKey(key);
  const service = store.get<Service>('services', namespace, name);
  const present = store
    .list(resource, namespace)
    .filter(
      ({ metadata }) => metadata.labels?.[serviceLabel] === name && metadata.labels[managedByLabel] === managedBy,
    );
  const wanted = service === undefined ? [] : slicesOf(service, store.list<Pod>('pods', namespace));
  for (const slice of wanted) {
    const found = present.find(({ metadata }) => metadata.name === slice.metadata.name);
    if (found === undefined) store.create(slice);
    else store.update(slice);
  }
  const kept = new Set(wanted.map(({ metadata }) => metadata.name));
  for (const { metadata } of present) {
    if (!kept.has(metadata.name)) store.delete({ resource, namespace, name: metadata.name });
  }
}

/** One slice for each way in which the service's ports resolve: a named target port may differ from pod to pod. */
function slicesOf(service: Service, pods: readonly Pod[]): KubernetesObject[] {
  if (service.spec.type === 'ExternalName' || service.metadata.deletionTimestamp !== undefined) return [];
  if (Object.keys(service.spec.selector ?? {}).length === 0) return [];
  const groups = new Map<string, { ports: SlicePort[]; pods: Pod[] }>();
  for (const pod of pods) {
    if (!selects(service, pod) || !hasAddress(pod)) continue;
    const ports = (service.spec.ports ?? []).flatMap((port) => slicePort(port, pod));
    const text = JSON.stringify(ports);
    const group = groups.get(text) ?? { ports, pods: [] };
    groups.set(text, group);
    group.pods.push(pod);
  }
  // Without any pod there still is one slice, so that readers see an empty service and not an unknown one.
  if (groups.size === 0) groups.set('[]', { ports: [], pods: [] });
  return [...groups].map(([text, group]) => slice(service, text, group.ports, group.pods));
}

function hasAddress({ status }: Pod): boolean {
  return (
    status?.podIP !== undefined && status.podIP !== '' && status.phase !== 'Succeeded' && status.phase !== 'Failed'
  );
}

function slicePort(
  { name = '', port, targetPort = port, protocol = 'TCP', appProtocol }: ServicePort,
  pod: Pod,
): SlicePort[] {
  const number =
    typeof targetPort === 'number' ? targetPort : (containerPort(pod, targetPort, protocol) ?? Number(targetPort));
  if (!Number.isInteger(number) || number < 1) return [];
  return [{ name, port: number, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) }];
}

function containerPort({ spec }: Pod, name: string, protocol: string): number | undefined {
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...spec.containers, ...sidecars]
    .flatMap(({ ports = [] }) => ports)
    .find((port) => port.name === name && (port.protocol ?? 'TCP') === protocol)?.containerPort;
}

function slice(service: Service, text: string, ports: SlicePort[], pods: readonly Pod[]): KubernetesObject {
  const { name, namespace = '', uid = '', labels } = service.metadata;
  const digest = createHash('sha256').update(`${uid} ${text}`).digest();
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${name}-${encodeSuffix(digest.readUIntBE(0, 6), 5)}`,
      namespace,
      labels: {
        ...labels,
        [serviceLabel]: name,
        [managedByLabel]: managedBy,
        ...(service.spec.clusterIP === 'None' ? { 'service.kubernetes.io/headless': '' } : {}),
      },
      ownerReferences: [ownerReference(service)],
    },
    addressType: 'IPv4',
    endpoints: pods.map((pod) => endpoint(service, pod)),
    ports,
  };
}

/** `ready` turns false with the deletion, `serving` only with the probe: a draining pod still serves. */
function endpoint({ metadata, spec }: Service, pod: Pod): object {
  const serving = isReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const { hostname, subdomain, nodeName } = pod.spec;
  return {
    addresses: [pod.status?.podIP],
    conditions: { ready: spec.publishNotReadyAddresses === true || (serving && !terminating), serving, terminating },
    ...(hostname !== undefined && subdomain === metadata.name ? { hostname } : {}),
    ...(nodeName === undefined ? {} : { nodeName }),
    targetRef: { kind: 'Pod', namespace: pod.metadata.namespace, name: pod.metadata.name, uid: pod.metadata.uid },
  };
}
