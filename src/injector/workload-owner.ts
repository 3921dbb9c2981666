// Which workload a pod belongs to, as telemetry names it: the Deployment behind a ReplicaSet, else its controller.
import type { Pod } from '../lib/kubernetes.ts';

export interface WorkloadOwner {
  readonly kind: string;
  readonly name: string;
  /** `kubernetes://apis/apps/v1/namespaces/shop/deployments/reviews-v1` */
  readonly reference: string;
}

export function workloadOwner(pod: Pod): WorkloadOwner {
  const namespace = pod.metadata.namespace ?? 'default';
  const { apiVersion, kind, name } = controllerOf(pod);
  const reference = `kubernetes://apis/${apiVersion}/namespaces/${namespace}/${kind.toLowerCase()}s/${name}`;
  return { kind, name, reference };
}

function controllerOf(pod: Pod): { apiVersion: string; kind: string; name: string } {
  const { metadata } = pod;
  const owner = metadata.ownerReferences?.find((candidate) => candidate.controller === true);
  if (owner === undefined) {
    const name = metadata.name ?? metadata.generateName?.replace(/-$/, '') ?? 'unknown';
    return { apiVersion: 'v1', kind: 'Pod', name };
  }
  const hash = metadata.labels?.['pod-template-hash'];
  if (owner.kind === 'ReplicaSet' && hash !== undefined && owner.name.endsWith(`-${hash}`)) {
    return { apiVersion: owner.apiVersion, kind: 'Deployment', name: owner.name.slice(0, -hash.length - 1) };
  }
  return owner;
}
