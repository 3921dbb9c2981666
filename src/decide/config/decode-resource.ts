// From xDS resources to runtime configuration: the one way in. Problems are values, all at once; they become the NACK.
import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import { fromBinary } from '@bufbuild/protobuf';
import type { Issue } from '../../lib/issue.ts';
import { hasErrors } from '../../lib/issue.ts';
import { type Cluster, ClusterSchema } from '../../proto/gen/envoy/config/cluster/v3/cluster_pb.ts';
import {
  type ClusterLoadAssignment,
  ClusterLoadAssignmentSchema,
} from '../../proto/gen/envoy/config/endpoint/v3/endpoint_pb.ts';
import { type Listener, ListenerSchema } from '../../proto/gen/envoy/config/listener/v3/listener_pb.ts';
import { type RouteConfiguration, RouteConfigurationSchema } from '../../proto/gen/envoy/config/route/v3/route_pb.ts';
import {
  type Secret as SecretMessage,
  SecretSchema,
} from '../../proto/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb.ts';
import type { ClusterConfig } from './cluster.ts';
import { cluster } from './decode/cluster.ts';
import { type Cursor, refuse, rootCursor } from './decode/cursor.ts';
import { loadAssignment } from './decode/endpoint.ts';
import { deepFreeze } from './decode/freeze.ts';
import { listener } from './decode/listener.ts';
import { routeConfig } from './decode/route-config.ts';
import { secret } from './decode/secret.ts';
import type { LoadAssignment } from './endpoint.ts';
import type { ListenerConfig } from './listener.ts';
import type { RouteConfig } from './route.ts';
import type { Secret } from './tls.ts';

/** The value is there, frozen, if and only if no issue is an error. */
export type Decoded<T> =
  | { readonly value: T; readonly issues: readonly Issue[] }
  | { readonly value: undefined; readonly issues: readonly Issue[] };

/** The resource's bytes (what stands in the `Any`), or the message itself. Nothing here throws, whatever the bytes. */
export function decodeListener(input: Uint8Array | Listener): Decoded<ListenerConfig> {
  return decode(ListenerSchema, input, listener);
}

export function decodeRouteConfiguration(input: Uint8Array | RouteConfiguration): Decoded<RouteConfig> {
  return decode(RouteConfigurationSchema, input, routeConfig);
}

export function decodeCluster(input: Uint8Array | Cluster): Decoded<ClusterConfig> {
  return decode(ClusterSchema, input, cluster);
}

/** For EDS: endpoints are addresses, not names. */
export function decodeLoadAssignment(input: Uint8Array | ClusterLoadAssignment): Decoded<LoadAssignment> {
  return decode(ClusterLoadAssignmentSchema, input, (message, at) => loadAssignment(message, at, 'ip'));
}

export function decodeSecret(input: Uint8Array | SecretMessage): Decoded<Secret> {
  return decode(SecretSchema, input, secret);
}

function decode<Desc extends DescMessage, T>(
  schema: Desc,
  input: Uint8Array | MessageShape<Desc>,
  read: (message: MessageShape<Desc>, at: Cursor) => T | undefined,
): Decoded<T> {
  const at = rootCursor();
  const message = input instanceof Uint8Array ? parse(schema, input, at) : input;
  const value = message && read(message, at);
  if (value === undefined || hasErrors(at.issues)) return { value: undefined, issues: at.issues };
  return { value: deepFreeze(value), issues: at.issues };
}

/** undefined after having said so. */
function parse<Desc extends DescMessage>(schema: Desc, bytes: Uint8Array, at: Cursor): MessageShape<Desc> | undefined {
  try {
    return fromBinary(schema, bytes);
  } catch (error) {
    // Truncated, wrong wire types, nested too deep, bad UTF-8: one answer to all of them.
    refuse(at, 'syntax', `no ${schema.typeName}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}
