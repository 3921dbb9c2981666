// Puts the sidecar into a pod: a pure function from the pod as written to the pod as it runs.
import { hasErrors, type Issue } from '../lib/issue.ts';
import type { Container, Pod } from '../lib/kubernetes.ts';
import { reasonToSkip } from './injection-policy.ts';
import type { InjectorConfig } from './injector-config.ts';
import { mergeContainer } from './merge-container.ts';
import { printIptables } from './print-iptables.ts';
import { type ProxyConfig, readInterceptionMode, readProxyConfig, readProxyResources } from './proxy-annotations.ts';
import { readProxyKind } from './proxy-kind.ts';
import { redirectRules } from './redirect-rules.ts';
import { rewriteProbes } from './rewrite-probes.ts';
import {
  type ProxyRole,
  proxyContainer,
  proxyContainerName,
  redirectContainer,
  sidecarVolumes,
} from './sidecar-containers.ts';
import { readSidecarAnnotations } from './sidecar-annotations.ts';
import { issueAt, readTrafficAnnotations } from './traffic-annotations.ts';
import { workloadOwner } from './workload-owner.ts';

export interface InjectionContext {
  readonly namespaceLabels: Readonly<Record<string, string>>;
  readonly config: InjectorConfig;
}

/** `issues` of an injected pod are warnings; a pod with an error among them must not run. */
export type Injection =
  | { readonly injected: true; readonly pod: Pod; readonly issues: readonly Issue[] }
  | { readonly injected: false; readonly reason: string; readonly issues: readonly Issue[] };

const templatesAnnotation = 'inject.istio.io/templates';

/** Never changes `pod`. Which pods are injected, and what their annotations mean, is as Istio has it. */
export function injectPod(pod: Pod, context: InjectionContext): Injection {
  const reason = reasonToSkip(pod, context.namespaceLabels);
  if (reason !== undefined) return { injected: false, reason, issues: [] };
  const annotations = pod.metadata.annotations ?? {};
  const traffic = readTrafficAnnotations(annotations);
  const interception = readInterceptionMode(annotations);
  const proxy = readProxyConfig(annotations);
  const resources = readProxyResources(annotations);
  const template = readTemplate(annotations);
  const sidecar = readSidecarAnnotations(annotations);
  const kind = readProxyKind(annotations, context.config);
  const issues = [traffic, interception, proxy, resources, template, sidecar, kind].flatMap((part) => part.issues);
  if (hasErrors(issues)) return { injected: false, reason: 'the sidecar’s annotations are not valid', issues };

  const config = { ...context.config, proxy: kind.proxy };
  const rewrite = sidecar.look.rewriteAppProbes ?? config.rewriteAppProbes;
  const probes = rewrite ? rewriteProbes(pod.spec.containers) : { containers: pod.spec.containers, probers: {} };
  const container = proxyContainer({
    pod,
    role: template.role,
    config,
    proxyConfig: mergeProxyConfig(config.proxyConfig, proxy.config),
    resources: resources.resources,
    probers: probes.probers,
    look: sidecar.look,
  });
  if (template.role === 'router') return { injected: true, pod: gatewayPod(pod, container), issues };
  const rules = redirectRules({ ...traffic.settings, captureDns: config.captureDns }, 'v4');
  const init = interception.mode === 'NONE' ? [] : [redirectContainer(printIptables(rules), config)];
  return { injected: true, pod: sidecarPod(withContainers(pod, probes.containers), init, container), issues };
}

function withContainers(pod: Pod, containers: Container[]): Pod {
  return { ...pod, spec: { ...pod.spec, containers } };
}

function readTemplate(annotations: Readonly<Record<string, string>>): { role: ProxyRole; issues: readonly Issue[] } {
  const value = annotations[templatesAnnotation] ?? 'sidecar';
  if (value === 'sidecar') return { role: 'sidecar', issues: [] };
  if (value === 'gateway') return { role: 'router', issues: [] };
  const message = `requested template \`${value}\` not found`;
  return { role: 'sidecar', issues: [issueAt(templatesAnnotation, message, 'bad-enum', 'one of sidecar, gateway')] };
}

function mergeProxyConfig(mesh: ProxyConfig, pod: ProxyConfig): ProxyConfig {
  return {
    ...mesh,
    ...pod,
    proxyMetadata: { ...mesh.proxyMetadata, ...pod.proxyMetadata },
    runtimeValues: { ...mesh.runtimeValues, ...pod.runtimeValues },
  };
}

/** The proxy is a native sidecar: an init container that stays, and holds the application back until it has started. */
function sidecarPod(pod: Pod, init: readonly Container[], template: Container): Pod {
  const written = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].find(isProxy);
  const proxy: Container = { ...mergeContainer(template, written), restartPolicy: 'Always' };
  const added = [...init, proxy];
  return finish(pod, added, {
    initContainers: [...added, ...(pod.spec.initContainers ?? []).filter((container) => !isProxy(container))],
    containers: pod.spec.containers.filter((container) => !isProxy(container)),
  });
}

/** The gateway is the pod's own container; it may listen on low ports without being root. */
function gatewayPod(pod: Pod, template: Container): Pod {
  const written = pod.spec.containers.find(isProxy);
  const proxy = mergeContainer(template, written);
  const sysctls = pod.spec.securityContext?.sysctls ?? [];
  const lowPorts = { name: 'net.ipv4.ip_unprivileged_port_start', value: '0' };
  return finish(pod, [], {
    containers:
      written === undefined
        ? [...pod.spec.containers, proxy]
        : pod.spec.containers.map((container) => (isProxy(container) ? proxy : container)),
    securityContext: {
      ...pod.spec.securityContext,
      sysctls: sysctls.some(({ name }) => name === lowPorts.name) ? sysctls : [...sysctls, lowPorts],
    },
  });
}

function isProxy(container: Container): boolean {
  return container.name === proxyContainerName;
}

/** Volumes, the labels that telemetry reads, and the note of what was done: the same for every template. */
function finish(pod: Pod, initContainers: readonly Container[], spec: Partial<Pod['spec']>): Pod {
  const volumes = sidecarVolumes();
  const kept = (pod.spec.volumes ?? []).filter(({ name }) => volumes.every((volume) => volume.name !== name));
  const status = {
    initContainers: initContainers.map(({ name }) => name),
    containers: initContainers.length > 0 ? null : [proxyContainerName],
    volumes: volumes.map(({ name }) => name),
    imagePullSecrets: null,
    revision: 'default',
  };
  const labels = pod.metadata.labels ?? {};
  const name = labels['app.kubernetes.io/name'] ?? labels['app'] ?? workloadOwner(pod).name;
  const injected: Pod = {
    ...pod,
    metadata: {
      ...pod.metadata,
      labels: {
        'service.istio.io/canonical-name': name,
        'service.istio.io/canonical-revision': labels['app.kubernetes.io/version'] ?? labels['version'] ?? 'latest',
        ...labels,
      },
      annotations: { ...pod.metadata.annotations, 'sidecar.istio.io/status': JSON.stringify(status) },
    },
    spec: { ...pod.spec, ...spec, volumes: [...kept, ...volumes] },
  };
  return structuredClone(injected);
}
