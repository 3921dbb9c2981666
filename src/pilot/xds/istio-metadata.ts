// Prints `filter_metadata.istio`: which configuration a piece of xDS came from, and what telemetry wants to know of a cluster.
import type { JsonObject, MessageInitShape } from '@bufbuild/protobuf';
import type { ResourceRef } from '../../model/provenance.ts';
import type { MetadataSchema } from '../../proto/gen/envoy/config/core/v3/base_pb.ts';

export interface IstioMetadata {
  readonly config?: ResourceRef | undefined;
  readonly subset?: string;
  readonly services?: readonly { readonly host: string; readonly name: string; readonly namespace: string }[];
  /** The service port that a request was for, for metrics. */
  readonly defaultOriginalPort?: number | undefined;
  readonly external?: boolean;
}

const groups: Readonly<Record<string, string>> = {
  VirtualService: 'networking.istio.io/v1',
  DestinationRule: 'networking.istio.io/v1',
  ServiceEntry: 'networking.istio.io/v1',
  Sidecar: 'networking.istio.io/v1',
  Gateway: 'networking.istio.io/v1',
  Service: 'v1',
};

/** undefined when there is nothing to say. */
export function istioMetadata(facts: IstioMetadata): MessageInitShape<typeof MetadataSchema> | undefined {
  const istio: JsonObject = {};
  if (facts.config !== undefined) istio.config = configString(facts.config);
  if (facts.subset !== undefined && facts.subset !== '') istio.subset = facts.subset;
  if (facts.defaultOriginalPort !== undefined) istio.default_original_port = facts.defaultOriginalPort;
  if (facts.external === true) istio.external = true;
  if (facts.services !== undefined && facts.services.length > 0) {
    istio.services = facts.services.map(({ host, name, namespace }) => ({ host, name, namespace }));
  }
  return Object.keys(istio).length === 0 ? undefined : { filterMetadata: { istio } };
}

/** `/apis/networking.istio.io/v1/namespaces/shop/destination-rule/reviews`, as Istio writes it. */
export function configString(ref: ResourceRef): string {
  const group = groups[ref.kind] ?? 'networking.istio.io/v1';
  const kind = ref.kind.replace(/[a-z](?=[A-Z])/g, '$&-').toLowerCase();
  return `/apis/${group}/namespaces/${ref.namespace}/${kind}/${ref.name}`;
}
