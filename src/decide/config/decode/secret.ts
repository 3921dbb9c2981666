// Decodes secrets (SDS).
import type { Secret as SecretMessage } from '../../../proto/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb.ts';
import type { Secret } from '../tls.ts';
import { certificateValidation, tlsCertificate } from './certificate.ts';
import type { Cursor } from './cursor.ts';
import { notYet, refuse, under } from './cursor.ts';

/** undefined after having said why. */
export function secret({ name, type: by }: SecretMessage, at: Cursor): Secret | undefined {
  switch (by.case) {
    case 'tlsCertificate': {
      const certificate = tlsCertificate(by.value, under(at, 'tls_certificate'));
      return { name, content: { kind: 'certificate', certificate } };
    }
    case 'validationContext': {
      const validation = certificateValidation(by.value, under(at, 'validation_context'));
      return { name, content: { kind: 'validation', validation } };
    }
    case 'sessionTicketKeys':
    case 'genericSecret':
      notYet(at, 'this kind of secret');
      return undefined;
    case undefined:
      refuse(under(at, 'type'), 'missing', 'value is required');
      return undefined;
  }
}
