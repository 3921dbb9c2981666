// Prints the transport socket of a cluster that TLS is originated to.
import { create } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { TransportSocketSchema } from '../../../proto/gen/envoy/config/core/v3/base_pb.ts';
import {
  SubjectAltNameMatcher_SanType as SanType,
  TlsParameters_TlsProtocol as TlsProtocol,
} from '../../../proto/gen/envoy/extensions/transport_sockets/tls/v3/common_pb.ts';
import { UpstreamTlsContextSchema } from '../../../proto/gen/envoy/extensions/transport_sockets/tls/v3/tls_pb.ts';
import type { UpstreamTls } from './cluster-slice.ts';

/** The roots that the workload's own system trusts (path of Debian, Ubuntu and Alpine). */
const systemRoots = '/etc/ssl/certs/ca-certificates.crt';

export function printUpstreamTls(tls: UpstreamTls, http2: boolean): MessageInitShape<typeof TransportSocketSchema> {
  const context = create(UpstreamTlsContextSchema, {
    sni: tls.sni,
    commonTlsContext: {
      // Envoy's clients offer at most TLS 1.2 unless told.
      tlsParams: {
        tlsMinimumProtocolVersion: TlsProtocol.TLSv1_2,
        tlsMaximumProtocolVersion: TlsProtocol.TLSv1_3,
      },
      alpnProtocols: http2 ? ['h2'] : [],
      validationContextType: {
        case: 'validationContext',
        value: tls.verify
          ? {
              trustedCa: { specifier: { case: 'filename', value: systemRoots } },
              matchTypedSubjectAltNames: tls.subjectAltNames.map((name) => ({
                sanType: name.includes('://') ? SanType.URI : SanType.DNS,
                matcher: { matchPattern: { case: 'exact' as const, value: name } },
              })),
            }
          : {},
      },
    },
  });
  return {
    name: 'envoy.transport_sockets.tls',
    configType: { case: 'typedConfig', value: anyPack(UpstreamTlsContextSchema, context) },
  };
}
