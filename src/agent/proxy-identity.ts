// Who this proxy is, as it introduces itself over xDS: Istio's node id, and the metadata that Pilot reads.
import { agentPorts } from './agent-ports.ts';
import type { AgentSettings } from './agent-settings.ts';

export interface ProxyIdentity {
  readonly id: string;
  /** Service name of the workload, for traces and statistics. */
  readonly cluster: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export function proxyIdentity(settings: AgentSettings): ProxyIdentity {
  const { role, address, podName, namespace, clusterDomain, labels } = settings;
  const app = labels['service.istio.io/canonical-name'] ?? labels['app'];
  return {
    id: `${role}~${address}~${podName}.${namespace}~${namespace}.svc.${clusterDomain}`,
    cluster: app === undefined ? `istio-proxy.${namespace}` : `${app}.${namespace}`,
    metadata: {
      ...settings.metadata,
      NAME: podName,
      NAMESPACE: namespace,
      LABELS: labels,
      ANNOTATIONS: settings.annotations,
      SERVICE_ACCOUNT: settings.serviceAccount,
      INSTANCE_IPS: address,
      PROXY_CONFIG: settings.proxyConfig,
      ENVOY_STATUS_PORT: agentPorts.health,
      ENVOY_PROMETHEUS_PORT: agentPorts.envoyMetrics,
    },
  };
}
