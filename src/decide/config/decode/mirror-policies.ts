// Decodes mirroring.
import {
  type RouteAction_RequestMirrorPolicy,
  RouteAction_RequestMirrorPolicySchema,
} from '../../../proto/gen/envoy/config/route/v3/route_components_pb.ts';
import type { MirrorPolicy } from '../route-action.ts';
import type { Cursor } from './cursor.ts';
import { under } from './cursor.ts';
import { knownFields } from './known-fields.ts';
import { runtimeFraction } from './value.ts';
import { clusterOrHeader } from './weighted-clusters.ts';

const check = knownFields(RouteAction_RequestMirrorPolicySchema, {
  read: ['cluster', 'clusterHeader', 'runtimeFraction', 'traceSampled', 'disableShadowHostSuffixAppend'],
});

export function mirrorPolicies(messages: readonly RouteAction_RequestMirrorPolicy[], parent: Cursor): MirrorPolicy[] {
  const at = under(parent, 'request_mirror_policies');
  return messages.map((message, index) => {
    const where = under(at, index);
    check(message, where);
    return {
      target: clusterOrHeader(message.cluster, message.clusterHeader, where),
      fraction: runtimeFraction(message.runtimeFraction, under(where, 'runtime_fraction')),
      traceSampled: message.traceSampled,
      disableHostSuffix: message.disableShadowHostSuffixAppend,
    };
  });
}
