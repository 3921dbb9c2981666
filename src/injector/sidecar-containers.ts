// The containers and volumes that the injector adds: the one that loads the redirect rules, and the proxy.
import type { Container, EnvVar, Pod, Probe, Volume } from '../lib/kubernetes.ts';
import type { InjectorConfig } from './injector-config.ts';
import type { ProxyConfig } from './proxy-annotations.ts';
import { proxyId } from './redirect-rules.ts';
import type { AppProbers } from './rewrite-probes.ts';
import type { SidecarLook } from './sidecar-annotations.ts';
import { workloadOwner } from './workload-owner.ts';

export const proxyContainerName = 'istio-proxy';
export const initContainerName = 'istio-init';

export type ProxyRole = 'sidecar' | 'router';

/** Loads the rules from its environment, so that one look at the pod shows what is redirected. */
export function redirectContainer(rules: string, config: InjectorConfig): Container {
  return {
    name: initContainerName,
    image: config.image,
    command: ['/bin/sh', '-c', 'printf %s "$HEDDLE_REDIRECT_RULES" | iptables-restore --wait --noflush'],
    env: [{ name: 'HEDDLE_REDIRECT_RULES', value: rules }],
    securityContext: {
      allowPrivilegeEscalation: false,
      privileged: false,
      capabilities: { add: ['NET_ADMIN', 'NET_RAW'], drop: ['ALL'] },
      readOnlyRootFilesystem: false,
      runAsUser: 0,
      runAsGroup: 0,
      runAsNonRoot: false,
    },
  };
}

export interface ProxyContainerInputs {
  readonly pod: Pod;
  readonly role: ProxyRole;
  readonly config: InjectorConfig;
  readonly proxyConfig: ProxyConfig;
  readonly resources: Record<string, unknown>;
  readonly probers: AppProbers;
  readonly look: SidecarLook;
}

/** The proxy beside the application, or alone in a gateway pod. */
export function proxyContainer(inputs: ProxyContainerInputs): Container {
  const { role, config, resources, look } = inputs;
  const health = { path: '/healthz/ready', port: 15021 };
  return {
    name: proxyContainerName,
    image: look.image ?? config.image,
    ...(config.proxyCommand === undefined ? {} : { command: [...config.proxyCommand[config.proxy]] }),
    args: ['proxy', role],
    env: proxyEnv(inputs),
    ports: [{ name: 'http-envoy-prom', containerPort: 15090, protocol: 'TCP' }],
    startupProbe: probe({ httpGet: health, periodSeconds: 1, timeoutSeconds: 3, failureThreshold: 600 }),
    readinessProbe: probe({
      httpGet: health,
      periodSeconds: 15,
      timeoutSeconds: 3,
      failureThreshold: 4,
      ...look.readiness,
    }),
    resources,
    securityContext: {
      allowPrivilegeEscalation: false,
      privileged: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
      runAsUser: proxyId,
      runAsGroup: proxyId,
      runAsNonRoot: true,
    },
    volumeMounts: proxyVolumes.map(({ mountPath, volume }) => ({ name: volume.name, mountPath })),
  };
}

function probe(settings: Probe): Probe {
  return settings;
}

const proxyVolumes: readonly { readonly mountPath: string; readonly volume: Volume }[] = [
  { mountPath: '/etc/istio/proxy', volume: { name: 'istio-envoy', emptyDir: { medium: 'Memory' } } },
  { mountPath: '/var/lib/istio/data', volume: { name: 'istio-data', emptyDir: {} } },
  {
    mountPath: '/etc/istio/pod',
    volume: {
      name: 'istio-podinfo',
      downwardAPI: {
        items: [
          { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } },
          { path: 'annotations', fieldRef: { fieldPath: 'metadata.annotations' } },
        ],
      },
    },
  },
];

/** Fresh copies: a pod is plain data that its receiver may change. */
export function sidecarVolumes(): Volume[] {
  return proxyVolumes.map(({ volume }) => structuredClone(volume));
}

function fromField(name: string, fieldPath: string): EnvVar {
  return { name, valueFrom: { fieldRef: { fieldPath } } };
}

function proxyEnv({ pod, config, proxyConfig, role, probers, look }: ProxyContainerInputs): EnvVar[] {
  const owner = workloadOwner(pod);
  const containers = pod.spec.containers.filter(({ name }) => name !== proxyContainerName);
  const values: Record<string, string> = {
    // One heap of the C library for all threads: 4 MB less.
    MALLOC_ARENA_MAX: '1',
    HEDDLE_XDS: config.xdsAddress,
    HEDDLE_PROXY: config.proxy,
    HEDDLE_ENVOY: config.envoyPath,
    HEDDLE_LOG_LEVEL: look.logLevel ?? config.logLevel,
    TRUST_DOMAIN: config.trustDomain,
    CLUSTER_DOMAIN: config.clusterDomain,
    PROXY_CONFIG: JSON.stringify(proxyConfig),
    ISTIO_META_CLUSTER_ID: config.clusterId,
    ISTIO_META_MESH_ID: proxyConfig.meshId ?? config.trustDomain,
    ISTIO_META_POD_PORTS: JSON.stringify(containers.flatMap(({ ports }) => ports ?? [])),
    ISTIO_META_APP_CONTAINERS: containers.map(({ name }) => name).join(','),
    ISTIO_META_WORKLOAD_NAME: owner.name,
    ISTIO_META_OWNER: owner.reference,
    ...(role === 'sidecar' ? { ISTIO_META_INTERCEPTION_MODE: interceptionMode(pod) } : {}),
    ...(role === 'sidecar' && config.captureDns ? { ISTIO_META_DNS_CAPTURE: 'true' } : {}),
    ...(Object.keys(probers).length === 0 ? {} : { ISTIO_KUBE_APP_PROBERS: JSON.stringify(probers) }),
    ...proxyConfig.proxyMetadata,
  };
  return [
    fromField('POD_NAME', 'metadata.name'),
    fromField('POD_NAMESPACE', 'metadata.namespace'),
    fromField('INSTANCE_IP', 'status.podIP'),
    fromField('SERVICE_ACCOUNT', 'spec.serviceAccountName'),
    fromField('HOST_IP', 'status.hostIP'),
    ...Object.entries(values).map(([name, value]) => ({ name, value })),
  ];
}

function interceptionMode(pod: Pod): string {
  return pod.metadata.annotations?.['sidecar.istio.io/interceptionMode'] ?? 'REDIRECT';
}
