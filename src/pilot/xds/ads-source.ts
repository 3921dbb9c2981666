// Where a proxy gets a resource that another one names: the same ADS stream, waited for without a limit.
import type { MessageInitShape } from '@bufbuild/protobuf';
import { ApiVersion, type ConfigSourceSchema } from '../../proto/gen/envoy/config/core/v3/config_source_pb.ts';
import { duration } from './duration.ts';

export function adsSource(): MessageInitShape<typeof ConfigSourceSchema> {
  return {
    configSourceSpecifier: { case: 'ads', value: {} },
    initialFetchTimeout: duration(0),
    resourceApiVersion: ApiVersion.V3,
  };
}
