// Pod: the workload that a proxy stands beside. Only what describes it to the mesh is read.
import type { Workload } from '../../model/service.ts';
import { array, boolean, type Infer, integer, object, oneOf, required, string } from '../schema.ts';
import type { ConfigKind, Resource } from './kind.ts';
import { tolerated } from './parts/tolerated.ts';

const port = object({
  name: string(),
  containerPort: required(integer({ min: 1, max: 65535 })),
  ...tolerated('protocol hostPort hostIP'),
});

const container = object({
  name: required(string({ minLength: 1 })),
  ports: array(port),
  restartPolicy: string(),
  ...tolerated(
    `args command env envFrom image imagePullPolicy lifecycle livenessProbe readinessProbe startupProbe resizePolicy
    resources restartPolicyRules securityContext stdin stdinOnce terminationMessagePath terminationMessagePolicy tty
    volumeDevices volumeMounts workingDir`,
  ),
});

const condition = object({
  type: required(string()),
  status: required(oneOf(['True', 'False', 'Unknown'])),
  ...tolerated('lastProbeTime lastTransitionTime message observedGeneration reason'),
});

const schema = object({
  spec: object({
    containers: array(container),
    initContainers: array(container),
    hostNetwork: boolean(),
    serviceAccountName: string(),
    ...tolerated(
      `activeDeadlineSeconds affinity automountServiceAccountToken dnsConfig dnsPolicy enableServiceLinks
      ephemeralContainers hostAliases hostIPC hostPID hostUsers hostname hostnameOverride imagePullSecrets nodeName
      nodeSelector os overhead preemptionPolicy priority priorityClassName readinessGates resourceClaims resources
      restartPolicy runtimeClassName schedulerName schedulingGates securityContext serviceAccount setHostnameAsFQDN
      shareProcessNamespace subdomain terminationGracePeriodSeconds tolerations topologySpreadConstraints volumes
      workloadRef`,
    ),
  }),
  status: object({
    phase: oneOf(['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown']),
    podIP: string(),
    podIPs: array(object({ ip: string() })),
    conditions: array(condition),
    ...tolerated(
      `allocatedResources containerStatuses ephemeralContainerStatuses extendedResourceClaimStatus hostIP hostIPs
      initContainerStatuses message nominatedNodeName observedGeneration qosClass reason resize resourceClaimStatuses
      resources startTime`,
    ),
  }),
});

type Body = Infer<typeof schema>;

export const podKind: ConfigKind<Body> = {
  kind: 'Pod',
  group: '',
  versions: ['v1'],
  plural: 'pods',
  namespaced: true,
  schema,
  lower: (resource) => ({ workloads: isOver(resource.body) ? [] : [lowerPod(resource)] }),
};

/** A pod that has run to its end keeps its address in the status, though another may have it by now. */
function isOver(body: Body): boolean {
  return body.status?.phase === 'Succeeded' || body.status?.phase === 'Failed';
}

function lowerPod({ ref, metadata, body }: Resource<Body>): Workload {
  const { spec = {}, status = {} } = body;
  const ready = status.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') ?? false;
  return {
    provenance: { resource: ref, path: '' },
    name: ref.name,
    namespace: ref.namespace,
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    addresses: addressesOf(status),
    serviceAccount: spec.serviceAccountName ?? 'default',
    namedPorts: namedPorts(spec),
    ready: ready && metadata.deletionTimestamp === undefined,
    hostNetwork: spec.hostNetwork === true,
  };
}

function addressesOf(status: NonNullable<Body['status']>): string[] {
  const all = (status.podIPs ?? []).flatMap(({ ip }) => (ip === undefined || ip === '' ? [] : [ip]));
  if (all.length > 0) return all;
  return status.podIP === undefined || status.podIP === '' ? [] : [status.podIP];
}

/** Ports of init containers count only if those outlive the init phase. */
function namedPorts(spec: NonNullable<Body['spec']>): Record<string, number> {
  const named: Record<string, number> = {};
  const sidecars = (spec.initContainers ?? []).filter((each) => each.restartPolicy === 'Always');
  for (const { ports = [] } of [...sidecars, ...(spec.containers ?? [])]) {
    for (const { name, containerPort } of ports) {
      if (name !== undefined && name !== '') named[name] = containerPort;
    }
  }
  return named;
}
