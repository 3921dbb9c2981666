// Service (Kubernetes): a host name, its cluster address and its ports.
import type { Issue } from '../../lib/issue.ts';
import type { Resolution, Service, ServicePort } from '../../model/service.ts';
import {
  array,
  boolean,
  freeForm,
  type Infer,
  integer,
  intOrString,
  map,
  object,
  oneOf,
  required,
  string,
} from '../schema.ts';
import { resolveExportTo } from './parts/export-to.ts';
import type { ConfigKind, KindContext, Resource } from './kind.ts';
import { protocolOfServicePort } from './parts/port-protocol.ts';
import { tolerated } from './parts/tolerated.ts';

const port = object({
  name: string({ maxLength: 63 }),
  port: required(integer({ min: 1, max: 65535 })),
  protocol: oneOf(['TCP', 'UDP', 'SCTP']),
  targetPort: intOrString(),
  appProtocol: string(),
  nodePort: integer({ min: 0, max: 65535 }),
});

/** What Heddle reads is typed; the other fields that Kubernetes knows are passed by. */
const schema = object({
  spec: object({
    type: oneOf(['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']),
    ports: array(port),
    selector: map(string()),
    clusterIP: string(),
    clusterIPs: array(string()),
    externalName: string(),
    publishNotReadyAddresses: boolean(),
    sessionAffinity: oneOf(['None', 'ClientIP']),
    ...tolerated(
      `allocateLoadBalancerNodePorts externalIPs externalTrafficPolicy healthCheckNodePort internalTrafficPolicy
      ipFamilies ipFamilyPolicy loadBalancerClass loadBalancerIP loadBalancerSourceRanges sessionAffinityConfig
      trafficDistribution`,
    ),
  }),
  status: freeForm(),
});

type Body = Infer<typeof schema>;
type Spec = NonNullable<Body['spec']>;
type Port = NonNullable<Spec['ports']>[number];

export const serviceKind: ConfigKind<Body> = {
  kind: 'Service',
  group: '',
  versions: ['v1'],
  plural: 'services',
  namespaced: true,
  schema,
  validate: ({ body }) => [...checkPorts(body.spec ?? {}), ...checkExternalName(body.spec ?? {})],
  lower: (resource, context) => ({ services: [lowerService(resource, context)] }),
};

/** The rules of Kubernetes' own validation that a mesh depends on. */
function checkPorts(spec: Spec): Issue[] {
  const issues: Issue[] = [];
  const ports = spec.ports ?? [];
  const error = (path: string, code: Issue['code'], message: string, hint?: string): void => {
    issues.push({ path, code, message, severity: 'error', ...(hint === undefined ? {} : { hint }) });
  };
  const headless = spec.clusterIP === 'None';
  if (ports.length === 0 && !headless && spec.type !== 'ExternalName') {
    error('spec.ports', 'missing', 'a service needs at least one port');
  }
  const names = new Map<string, number>();
  const numbers = new Map<string, number>();
  for (const [index, each] of ports.entries()) {
    const at = `spec.ports[${index}]`;
    if (each.name === undefined && ports.length > 1) {
      error(`${at}.name`, 'missing', 'each of several ports needs a name');
    }
    if (each.name !== undefined) {
      const first = names.get(each.name);
      if (first !== undefined) {
        error(`${at}.name`, 'duplicate', `\`${each.name}\` is already the name of spec.ports[${first}]`);
      } else names.set(each.name, index);
    }
    const key = `${each.protocol ?? 'TCP'} ${each.port}`;
    const first = numbers.get(key);
    if (first !== undefined) error(`${at}.port`, 'duplicate', `${key} is already spec.ports[${first}]`);
    else numbers.set(key, index);
  }
  return issues;
}

function checkExternalName(spec: Spec): Issue[] {
  if (spec.type !== 'ExternalName' || (spec.externalName ?? '') !== '') return [];
  return [
    {
      path: 'spec.externalName',
      code: 'missing',
      severity: 'error',
      message: 'a service of type ExternalName needs the name',
    },
  ];
}

function lowerService({ ref, metadata, createdAtMs, body }: Resource<Body>, context: KindContext): Service {
  const spec = body.spec ?? {};
  const headless = spec.clusterIP === 'None';
  const external = spec.type === 'ExternalName' ? spec.externalName : undefined;
  const annotation = metadata.annotations?.['networking.istio.io/exportTo'] ?? '';
  const written = annotation === '' ? [] : annotation.split(',').map((part) => part.trim());
  return {
    provenance: { resource: ref, path: '' },
    createdAtMs,
    hostname: `${ref.name}.${ref.namespace}.svc.${context.settings.domain}`,
    name: ref.name,
    namespace: ref.namespace,
    registry: 'kubernetes',
    addresses: addressesOf(spec),
    ports: (spec.ports ?? []).map(lowerPort),
    resolution: resolutionOf(headless, external),
    headless,
    meshExternal: false,
    exportTo: resolveExportTo(written, ref.namespace, context.settings.defaultServiceExportTo),
    selector: spec.selector !== undefined && Object.keys(spec.selector).length > 0 ? spec.selector : undefined,
    labels: metadata.labels ?? {},
    externalName: external?.toLowerCase(),
    subjectAltNames: [],
    sessionAffinity: spec.sessionAffinity === 'ClientIP' ? 'client-ip' : 'none',
    publishNotReady: spec.publishNotReadyAddresses === true,
  };
}

function addressesOf(spec: Spec): string[] {
  if (spec.type === 'ExternalName') return [];
  const all = spec.clusterIPs ?? (spec.clusterIP === undefined ? [] : [spec.clusterIP]);
  return all.filter((address) => address !== '' && address !== 'None');
}

function resolutionOf(headless: boolean, external: string | undefined): Resolution {
  if (external !== undefined) return 'dns';
  return headless ? 'passthrough' : 'eds';
}

function lowerPort(each: Port): ServicePort {
  return {
    name: each.name ?? '',
    number: each.port,
    protocol: protocolOfServicePort(each),
    targetPort: each.targetPort,
  };
}
