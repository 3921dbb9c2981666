// Prints a cluster's HTTP options: the version that it is spoken to, and where TLS takes its names from.
import { create } from '@bufbuild/protobuf';
import { type Any, anyPack } from '@bufbuild/protobuf/wkt';
import { HttpProtocolOptionsSchema } from '../../../proto/gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.ts';
import { duration } from '../duration.ts';
import type { ClusterSlice } from './cluster-slice.ts';

const optionsKey = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

/** undefined for HTTP/1.1 and nothing else to say. */
export function protocolOptions(slice: ClusterSlice): Record<string, Any> | undefined {
  const names = autoNames(slice);
  if (slice.upstream === 'http1' && slice.idleTimeoutMs === undefined && names === undefined) return undefined;
  const options = create(HttpProtocolOptionsSchema, {
    upstreamProtocolOptions: versions(slice.upstream),
    ...(slice.idleTimeoutMs === undefined
      ? {}
      : { commonHttpProtocolOptions: { idleTimeout: duration(slice.idleTimeoutMs) } }),
    ...(names === undefined ? {} : { upstreamHttpProtocolOptions: names }),
  });
  return { [optionsKey]: anyPack(HttpProtocolOptionsSchema, options) };
}

function versions(upstream: ClusterSlice['upstream']) {
  switch (upstream) {
    case 'http1':
      return {
        case: 'explicitHttpConfig' as const,
        value: { protocolConfig: { case: 'httpProtocolOptions' as const, value: {} } },
      };
    case 'http2':
      return {
        case: 'explicitHttpConfig' as const,
        value: { protocolConfig: { case: 'http2ProtocolOptions' as const, value: {} } },
      };
    case 'client':
      return {
        case: 'useDownstreamProtocolConfig' as const,
        value: { httpProtocolOptions: {}, http2ProtocolOptions: {} },
      };
  }
}

/** Where the rule names no server, the request's host is asked for, and the certificate has to be its. */
function autoNames({ tls }: ClusterSlice): { autoSni: boolean; autoSanValidation: boolean } | undefined {
  if (tls === undefined || tls.sni !== '') return undefined;
  return { autoSni: true, autoSanValidation: tls.verify && tls.subjectAltNames.length === 0 };
}
