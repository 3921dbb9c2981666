// Sidecar to sidecar scope: what workloads see, and how they treat what they do not know.
import type { EgressHost, EgressListener, IngressListener, SidecarScope } from '../../../model/sidecar-scope.ts';
import type { Resource } from '../kind.ts';
import { parseProtocol } from '../parts/port-protocol.ts';
import type { IngressBody, SidecarBody } from './schema.ts';

export function lowerSidecar({ ref, createdAtMs, body }: Resource<SidecarBody>): SidecarScope {
  const spec = body.spec ?? {};
  const labels = spec.workloadSelector?.labels ?? {};
  const policy = spec.outboundTrafficPolicy;
  return {
    provenance: { resource: ref, path: '' },
    createdAtMs,
    namespace: ref.namespace,
    name: ref.name,
    workloadSelector: Object.keys(labels).length === 0 ? undefined : labels,
    egress: (spec.egress ?? []).map(
      (each, index): EgressListener => ({
        provenance: { resource: ref, path: `spec.egress[${index}]` },
        port: each.port === undefined ? undefined : lowerPort(each.port),
        bind: each.bind ?? '',
        captureMode: captureModes[each.captureMode ?? 'DEFAULT'],
        hosts: each.hosts.map(lowerHost),
      }),
    ),
    ingress: (spec.ingress ?? []).map(
      (each, index): IngressListener => ({
        provenance: { resource: ref, path: `spec.ingress[${index}]` },
        port: lowerPort(each.port),
        bind: each.bind ?? '',
        captureMode: captureModes[each.captureMode ?? 'DEFAULT'],
        defaultEndpoint: each.defaultEndpoint ?? '',
      }),
    ),
    // A policy without a mode is REGISTRY_ONLY, the first value of the enum.
    outboundPolicy: policy === undefined ? undefined : policy.mode === 'ALLOW_ANY' ? 'allow-any' : 'registry-only',
  };
}

const captureModes = { DEFAULT: 'default', IPTABLES: 'iptables', NONE: 'none' } as const;

function lowerPort(port: IngressBody['port']): IngressListener['port'] {
  return { number: port.number ?? 0, name: port.name ?? '', protocol: parseProtocol(port.protocol ?? '') };
}

/** `.` stays: in the root namespace's default Sidecar it is the namespace of each proxy that it holds for. */
function lowerHost(written: string): EgressHost {
  const slash = written.indexOf('/');
  return { namespace: written.slice(0, slash), host: written.slice(slash + 1).toLowerCase() };
}
