// EndpointSlice: the addresses behind a service, which ConfigSet joins with the service and the pods.
import { array, boolean, type Infer, integer, map, object, oneOf, required, string } from '../schema.ts';
import type { ConfigKind, EndpointSlicePart, Resource } from './kind.ts';
import { tolerated } from './parts/tolerated.ts';

const endpoint = object({
  addresses: required(array(string())),
  conditions: object({ ready: boolean(), serving: boolean(), terminating: boolean() }),
  targetRef: object({
    kind: string(),
    name: string(),
    namespace: string(),
    ...tolerated('apiVersion fieldPath resourceVersion uid'),
  }),
  zone: string(),
  hostname: string(),
  deprecatedTopology: map(string()),
  ...tolerated('hints nodeName'),
});

const port = object({
  name: string(),
  port: integer({ min: 0, max: 65535 }),
  ...tolerated('protocol appProtocol'),
});

const schema = object({
  addressType: required(oneOf(['IPv4', 'IPv6', 'FQDN'])),
  endpoints: array(endpoint),
  ports: array(port),
});

type Body = Infer<typeof schema>;

export const endpointSliceKind: ConfigKind<Body> = {
  kind: 'EndpointSlice',
  group: 'discovery.k8s.io',
  versions: ['v1'],
  plural: 'endpointslices',
  namespaced: true,
  schema,
  lower: (resource) => ({ endpointSlices: lowerSlice(resource) }),
};

/** Slices of names (FQDN) and slices of no service say nothing to Istio, nor to us. */
function lowerSlice({ ref, metadata, body }: Resource<Body>): EndpointSlicePart[] {
  const service = metadata.labels?.['kubernetes.io/service-name'] ?? '';
  if (service === '' || body.addressType === 'FQDN') return [];
  return [
    {
      namespace: ref.namespace,
      service,
      ports: (body.ports ?? []).map(({ name, port: number }) => ({ name: name ?? '', port: number })),
      endpoints: (body.endpoints ?? []).map((each) => ({
        addresses: each.addresses,
        // An absent condition means ready, says Kubernetes' API reference.
        ready: each.conditions?.ready ?? true,
        serving: each.conditions?.serving ?? each.conditions?.ready ?? true,
        terminating: each.conditions?.terminating ?? false,
        pod: each.targetRef?.kind === 'Pod' ? (each.targetRef.name ?? '') : '',
        hostname: each.hostname ?? '',
        zone: each.zone ?? '',
      })),
    },
  ];
}
