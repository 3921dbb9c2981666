// ServiceEntry to one service for each host, with the endpoints that are written down.
import { serviceKey } from '../../../model/mesh-model.ts';
import type { Endpoint, Resolution, Service, ServicePort } from '../../../model/service.ts';
import { resolveExportTo } from '../parts/export-to.ts';
import type { KindContext, ModelPart, Resource } from '../kind.ts';
import { unixPrefix } from '../parts/addresses.ts';
import { lowerLocality } from '../parts/workload-entry.ts';
import type { WorkloadEntryBody } from '../parts/workload-entry-schema.ts';
import { parseProtocol } from '../parts/port-protocol.ts';
import type { ServiceEntryBody, ServiceEntrySpec } from './schema.ts';

type PortBody = NonNullable<ServiceEntrySpec['ports']>[number];

export function lowerServiceEntry(resource: Resource<ServiceEntryBody>, context: KindContext): ModelPart {
  const services = resource.body.spec.hosts.map((host) => lowerService(host.toLowerCase(), resource, context));
  const endpoints = services.map((service) => ({
    service: serviceKey(service),
    endpoints: lowerEndpoints(service.hostname, resource),
  }));
  return { services, endpoints: endpoints.filter((each) => each.endpoints.length > 0) };
}

const resolutions: Readonly<Record<NonNullable<ServiceEntrySpec['resolution']>, Resolution>> = {
  NONE: 'passthrough',
  STATIC: 'eds',
  DNS: 'dns',
  DNS_ROUND_ROBIN: 'dns-round-robin',
  // Not done yet: the client resolves the name by itself.
  DYNAMIC_DNS: 'passthrough',
};

function lowerService(hostname: string, resource: Resource<ServiceEntryBody>, context: KindContext): Service {
  const { ref, metadata, createdAtMs, body } = resource;
  const { spec } = body;
  const labels = spec.workloadSelector?.labels;
  return {
    provenance: { resource: ref, path: '' },
    createdAtMs,
    hostname,
    name: hostname,
    namespace: ref.namespace,
    registry: 'external',
    addresses: spec.addresses ?? [],
    ports: (spec.ports ?? []).map(lowerPort),
    resolution: resolutions[spec.resolution ?? 'NONE'],
    headless: false,
    meshExternal: spec.location !== 'MESH_INTERNAL',
    exportTo: resolveExportTo(spec.exportTo ?? [], ref.namespace, context.settings.defaultServiceExportTo),
    selector: labels,
    labels: metadata.labels ?? {},
    externalName: undefined,
    subjectAltNames: spec.subjectAltNames ?? [],
    sessionAffinity: 'none',
    publishNotReady: false,
  };
}

function lowerPort(port: PortBody): ServicePort {
  const { name, number, targetPort } = port;
  return { name, number, protocol: parseProtocol(port.protocol ?? ''), targetPort };
}

/** DNS without endpoints resolves the host itself. */
function lowerEndpoints(hostname: string, { ref, body: { spec } }: Resource<ServiceEntryBody>): Endpoint[] {
  const { resolution = 'NONE', endpoints = [], ports = [] } = spec;
  const byDns = resolution === 'DNS' || resolution === 'DNS_ROUND_ROBIN';
  if (endpoints.length > 0) {
    return endpoints.flatMap((entry) => ports.map((port) => lowerEndpoint(entry, port, ref.namespace)));
  }
  if (!byDns || spec.workloadSelector !== undefined) return [];
  return ports.map((port) => lowerEndpoint({ address: hostname }, port, ref.namespace));
}

function lowerEndpoint(entry: WorkloadEntryBody, port: PortBody, namespace: string): Endpoint {
  const { address = '', ports, labels, serviceAccount = '', locality, weight = 0, network = '' } = entry;
  return {
    address,
    port: address.startsWith(unixPrefix) ? 0 : (ports?.[port.name] ?? port.targetPort ?? port.number),
    portName: port.name,
    health: 'healthy',
    labels: labels ?? {},
    serviceAccount,
    namespace,
    workloadName: '',
    locality: lowerLocality(locality),
    weight,
    network,
  };
}
