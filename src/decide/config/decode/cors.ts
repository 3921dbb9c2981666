// Decodes the cross-origin policy of a route or virtual host.
import {
  CorsPolicySchema,
  type CorsPolicy as PolicyMessage,
} from '../../../proto/gen/envoy/extensions/filters/http/cors/v3/cors_pb.ts';
import type { CorsPolicy } from '../cors.ts';
import type { Cursor } from './cursor.ts';
import { under } from './cursor.ts';
import { knownFields } from './known-fields.ts';
import { latin1 } from './latin1.ts';
import { stringMatch } from './string-match.ts';
import { runtimeFraction } from './value.ts';

const check = knownFields(CorsPolicySchema, {
  read: [
    'allowOriginStringMatch',
    'allowMethods',
    'allowHeaders',
    'exposeHeaders',
    'maxAge',
    'allowCredentials',
    'filterEnabled',
    'shadowEnabled',
    'allowPrivateNetworkAccess',
    'forwardNotMatchingPreflights',
  ],
});

export function corsPolicy(message: PolicyMessage, at: Cursor): CorsPolicy {
  check(message, at);
  const originsAt = under(at, 'allow_origin_string_match');
  return {
    allowOrigins: message.allowOriginStringMatch.map((origin, index) => stringMatch(origin, under(originsAt, index))),
    allowMethods: latin1(message.allowMethods),
    allowHeaders: latin1(message.allowHeaders),
    exposeHeaders: latin1(message.exposeHeaders),
    maxAge: latin1(message.maxAge),
    allowCredentials: message.allowCredentials,
    allowPrivateNetworkAccess: message.allowPrivateNetworkAccess,
    forwardNotMatchingPreflights: message.forwardNotMatchingPreflights,
    enabled: runtimeFraction(message.filterEnabled, under(at, 'filter_enabled')),
    shadow: runtimeFraction(message.shadowEnabled, under(at, 'shadow_enabled')),
  };
}
