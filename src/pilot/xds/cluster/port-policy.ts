// The traffic policy in force for one port of a service or subset: Istio's order of precedence.
import type { PortPolicy, TrafficPolicy } from '../../../model/traffic-policy.ts';

/**
 * Settings for a port stand instead of all settings for every port, in the rule and in a subset alike. What a subset sets comes
 * before what the rule sets, field by field, unless it is for the port: then it stands alone.
 */
export function portPolicy(
  top: TrafficPolicy | undefined,
  subset: TrafficPolicy | undefined,
  port: number,
): PortPolicy {
  const own = portOf(subset, port);
  if (own !== undefined) return own;
  const base = portOf(top, port) ?? top;
  return { loadBalancer: subset?.loadBalancer ?? base?.loadBalancer, tls: subset?.tls ?? base?.tls };
}

function portOf(policy: TrafficPolicy | undefined, port: number): PortPolicy | undefined {
  return policy?.ports.find((each) => each.port === port)?.policy;
}
