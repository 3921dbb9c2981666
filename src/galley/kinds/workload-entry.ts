// WorkloadEntry: one workload outside of Kubernetes, which services select by its labels.
import type { Issue } from '../../lib/issue.ts';
import type { Workload } from '../../model/service.ts';
import { freeForm, type Infer, notYet, object, required } from '../schema.ts';
import type { ConfigKind, Resource } from './kind.ts';
import { checkAnnotations } from './parts/annotations.ts';
import { issueList } from './parts/issue-list.ts';
import { checkWorkloadEntry } from './parts/workload-entry.ts';
import { workloadEntrySchema } from './parts/workload-entry-schema.ts';

const schema = object({ spec: required(workloadEntrySchema), status: notYet(freeForm(), 'health is not read') });

type Body = Infer<typeof schema>;

export const workloadEntryKind: ConfigKind<Body> = {
  kind: 'WorkloadEntry',
  group: 'networking.istio.io',
  versions: ['v1', 'v1beta1', 'v1alpha3'],
  plural: 'workloadentries',
  namespaced: true,
  schema,
  validate,
  lower: (resource) => ({ workloads: [lowerWorkload(resource)] }),
};

function validate({ metadata, body }: Resource<Body>): Issue[] {
  const list = issueList();
  checkAnnotations(metadata, list);
  checkWorkloadEntry(body.spec, { path: 'spec', servicePorts: undefined, hostNames: true }, list);
  return list.issues;
}

/** Its labels are those of the spec, with the resource's own beneath. */
function lowerWorkload({ ref, metadata, body }: Resource<Body>): Workload {
  const { address = '', labels, ports, serviceAccount = '' } = body.spec;
  return {
    provenance: { resource: ref, path: '' },
    name: ref.name,
    namespace: ref.namespace,
    labels: { ...metadata.labels, ...labels },
    annotations: metadata.annotations ?? {},
    addresses: address === '' ? [] : [address],
    serviceAccount,
    namedPorts: ports ?? {},
    ready: true,
    hostNetwork: false,
  };
}
