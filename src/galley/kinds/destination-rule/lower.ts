// DestinationRule to destination policy.
import type { DestinationPolicy, PortPolicy, TrafficPolicy } from '../../../model/traffic-policy.ts';
import { resolveExportTo } from '../parts/export-to.ts';
import type { KindContext, Resource } from '../kind.ts';
import { lowerClientTls } from '../parts/client-tls.ts';
import { completeHost } from '../parts/host-names.ts';
import { lowerLoadBalancer } from '../parts/load-balancer.ts';
import type { DestinationRuleBody, DestinationRuleSpec, PortPolicyBody, TrafficPolicyBody } from './schema.ts';

export function lowerDestinationRule(
  { ref, createdAtMs, body }: Resource<DestinationRuleBody>,
  context: KindContext,
): DestinationPolicy {
  const spec: DestinationRuleSpec = body.spec ?? { host: '' };
  const labels = spec.workloadSelector?.matchLabels ?? {};
  const selective = Object.keys(labels).length > 0;
  const meshDefault = selective ? ['.'] : context.settings.defaultDestinationRuleExportTo;
  return {
    provenance: { resource: ref, path: '' },
    createdAtMs,
    namespace: ref.namespace,
    name: ref.name,
    host: completeHost(spec.host, ref.namespace, context.settings.domain),
    exportTo: resolveExportTo(spec.exportTo ?? [], ref.namespace, meshDefault),
    workloadSelector: selective ? labels : undefined,
    policy: lowerTrafficPolicy(spec.trafficPolicy),
    subsets: (spec.subsets ?? []).map((subset, index) => ({
      provenance: { resource: ref, path: `spec.subsets[${index}]` },
      name: subset.name,
      labels: subset.labels ?? {},
      policy: lowerTrafficPolicy(subset.trafficPolicy),
    })),
  };
}

function lowerTrafficPolicy(policy: TrafficPolicyBody | undefined): TrafficPolicy | undefined {
  if (policy === undefined) return undefined;
  return {
    ...lowerPortPolicy(policy),
    ports: (policy.portLevelSettings ?? []).map((setting) => ({
      port: setting.port?.number ?? 0,
      policy: lowerPortPolicy(setting),
    })),
  };
}

function lowerPortPolicy(policy: PortPolicyBody | TrafficPolicyBody): PortPolicy {
  return { loadBalancer: lowerLoadBalancer(policy.loadBalancer), tls: lowerClientTls(policy.tls) };
}
