// Decodes what is believed of a client: its address, its certificate's header.
import {
  HttpConnectionManager_ForwardClientCertDetails as ForwardClientCert,
  type HttpConnectionManager as ManagerMessage,
} from '../../../proto/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts';
import type { ClientTrust } from '../http-connection-manager.ts';
import { cidrRange } from './address.ts';
import type { Cursor } from './cursor.ts';
import { under } from './cursor.ts';
import { enumName } from './value.ts';

const forwarding = {
  [ForwardClientCert.SANITIZE]: 'sanitize',
  [ForwardClientCert.FORWARD_ONLY]: 'forward-only',
  [ForwardClientCert.APPEND_FORWARD]: 'append-forward',
  [ForwardClientCert.SANITIZE_SET]: 'sanitize-set',
  [ForwardClientCert.ALWAYS_FORWARD_ONLY]: 'always-forward-only',
} as const;

export function clientTrust(message: ManagerMessage, at: Cursor): ClientTrust {
  const internal = message.internalAddressConfig;
  const rangesAt = under(under(at, 'internal_address_config'), 'cidr_ranges');
  const details = message.setCurrentClientCertDetails;
  return {
    useRemoteAddress: message.useRemoteAddress ?? false,
    xffNumTrustedHops: message.xffNumTrustedHops,
    skipXffAppend: message.skipXffAppend,
    internalRanges: internal?.cidrRanges.map((range, index) => cidrRange(range, under(rangesAt, index))) ?? [],
    internalUnixSockets: internal?.unixSockets ?? false,
    forwardClientCert: enumName(forwarding, message.forwardClientCertDetails, under(at, 'forward_client_cert_details')),
    clientCertDetails: {
      subject: details?.subject ?? false,
      cert: details?.cert ?? false,
      chain: details?.chain ?? false,
      dns: details?.dns ?? false,
      uri: details?.uri ?? false,
    },
  };
}
