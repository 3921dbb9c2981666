// Kinds that are known but that no file in this folder reads: Kubernetes' own, and those of the mesh that are yet to come.

/** Kinds of Kubernetes that say nothing to the mesh's configuration: by group, as words. */
const kubernetes: Readonly<Record<string, string>> = {
  '': `Binding Endpoints Event LimitRange Node PersistentVolume PersistentVolumeClaim PodTemplate ReplicationController
    ResourceQuota Secret`,
  'admissionregistration.k8s.io': `MutatingWebhookConfiguration ValidatingWebhookConfiguration ValidatingAdmissionPolicy
    ValidatingAdmissionPolicyBinding MutatingAdmissionPolicy MutatingAdmissionPolicyBinding`,
  'apiextensions.k8s.io': 'CustomResourceDefinition',
  'apiregistration.k8s.io': 'APIService',
  apps: 'ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet',
  autoscaling: 'HorizontalPodAutoscaler',
  batch: 'CronJob Job',
  'certificates.k8s.io': 'CertificateSigningRequest ClusterTrustBundle',
  'coordination.k8s.io': 'Lease',
  'events.k8s.io': 'Event',
  'networking.k8s.io': 'Ingress IngressClass IPAddress NetworkPolicy ServiceCIDR',
  'node.k8s.io': 'RuntimeClass',
  policy: 'PodDisruptionBudget',
  'rbac.authorization.k8s.io': 'ClusterRole ClusterRoleBinding Role RoleBinding',
  'scheduling.k8s.io': 'PriorityClass',
  'storage.k8s.io': 'CSIDriver CSINode CSIStorageCapacity StorageClass VolumeAttachment',
};

/** Kinds of Istio and of the Gateway API that Heddle does not read yet. */
const toCome: Readonly<Record<string, string>> = {
  'networking.istio.io': 'EnvoyFilter ProxyConfig WorkloadGroup',
  'security.istio.io': 'AuthorizationPolicy PeerAuthentication RequestAuthentication',
  'telemetry.istio.io': 'Telemetry',
  'extensions.istio.io': 'TrafficExtension WasmPlugin',
  'gateway.networking.k8s.io': `BackendTLSPolicy Gateway GatewayClass GRPCRoute HTTPRoute ListenerSet ReferenceGrant
    TCPRoute TLSRoute UDPRoute`,
};

/** Those of both lists that are in no namespace. */
const clusterWide: ReadonlySet<string> = new Set(
  words(`APIService CertificateSigningRequest ClusterRole ClusterRoleBinding ClusterTrustBundle CSIDriver CSINode
    CustomResourceDefinition GatewayClass IngressClass IPAddress MutatingAdmissionPolicy MutatingAdmissionPolicyBinding
    MutatingWebhookConfiguration Node PersistentVolume PriorityClass RuntimeClass ServiceCIDR StorageClass
    ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration VolumeAttachment`),
);

export type ForeignKind = 'kubernetes' | 'to-come';

export function foreignKind(group: string, kind: string): ForeignKind | undefined {
  if (words(toCome[group]).includes(kind)) return 'to-come';
  return words(kubernetes[group]).includes(kind) ? 'kubernetes' : undefined;
}

/** Of a foreign kind; undefined if it is unknown. */
export function isForeignNamespaced(group: string, kind: string): boolean | undefined {
  return foreignKind(group, kind) === undefined ? undefined : !clusterWide.has(kind);
}

/** Every kind name of both lists, with its group, for hints. */
export function foreignKindNames(): { readonly group: string; readonly kind: string }[] {
  return [...Object.entries(toCome), ...Object.entries(kubernetes)].flatMap(([group, kinds]) =>
    words(kinds).map((kind) => ({ group, kind })),
  );
}

function words(text: string | undefined): string[] {
  return text === undefined ? [] : text.split(/\s+/);
}
