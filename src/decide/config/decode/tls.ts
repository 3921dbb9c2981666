// Decodes TLS contexts.
import {
  type TlsParameters,
  TlsParameters_TlsProtocol as TlsProtocol,
  TlsParametersSchema,
} from '../../../proto/gen/envoy/extensions/transport_sockets/tls/v3/common_pb.ts';
import type { SdsSecretConfig } from '../../../proto/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb.ts';
import {
  type CommonTlsContext,
  CommonTlsContextSchema,
  type UpstreamTlsContext,
  UpstreamTlsContextSchema,
} from '../../../proto/gen/envoy/extensions/transport_sockets/tls/v3/tls_pb.ts';
import type { CertificateSource, TlsSettings, TlsVersion, UpstreamTls, ValidationSource } from '../tls.ts';
import { certificateValidation, tlsCertificate } from './certificate.ts';
import { checkConfigSource } from './config-source.ts';
import type { Cursor } from './cursor.ts';
import { notYet, refuse, under } from './cursor.ts';
import { knownFields } from './known-fields.ts';
import { requireText } from './value.ts';

/** Sessions and renegotiation are matters of cost. */
const checkUpstream = knownFields(UpstreamTlsContextSchema, {
  read: ['commonTlsContext', 'sni'],
  harmless: ['allowRenegotiation', 'maxSessionKeys', 'enforceRsaKeyUsage'],
});
const checkCommon = knownFields(CommonTlsContextSchema, {
  read: ['tlsParams', 'tlsCertificates', 'tlsCertificateSdsSecretConfigs', 'validationContextType', 'alpnProtocols'],
});
const checkParams = knownFields(TlsParametersSchema, {
  read: ['tlsMinimumProtocolVersion', 'tlsMaximumProtocolVersion', 'cipherSuites'],
});

export function upstreamTls(message: UpstreamTlsContext, at: Cursor): UpstreamTls {
  checkUpstream(message, at);
  if (message.sni.length > 255) refuse(under(at, 'sni'), 'out-of-range', 'value length must be at most 255 bytes');
  return { sni: message.sni, ...tlsSettings(message.commonTlsContext, under(at, 'common_tls_context')) };
}

function tlsSettings(message: CommonTlsContext | undefined, at: Cursor): TlsSettings {
  if (message === undefined) {
    return {
      minVersion: undefined,
      maxVersion: undefined,
      cipherSuites: [],
      alpn: [],
      certificates: [],
      validation: undefined,
    };
  }
  checkCommon(message, at);
  const paramsAt = under(at, 'tls_params');
  const params = message.tlsParams;
  if (params !== undefined) checkParams(params, paramsAt);
  return {
    minVersion: version(params?.tlsMinimumProtocolVersion, under(paramsAt, 'tls_minimum_protocol_version')),
    maxVersion: version(params?.tlsMaximumProtocolVersion, under(paramsAt, 'tls_maximum_protocol_version')),
    cipherSuites: params?.cipherSuites ?? [],
    alpn: message.alpnProtocols,
    certificates: certificates(message, at),
    validation: validation(message, at),
  };
}

/** Older versions than 1.2 are not spoken. */
function version(value: TlsParameters['tlsMinimumProtocolVersion'] | undefined, at: Cursor): TlsVersion | undefined {
  switch (value) {
    case undefined:
    case TlsProtocol.TLS_AUTO:
      return undefined;
    case TlsProtocol.TLSv1_2:
      return 'TLSv1.2';
    case TlsProtocol.TLSv1_3:
      return 'TLSv1.3';
    case TlsProtocol.TLSv1_0:
    case TlsProtocol.TLSv1_1:
      notYet(at, 'TLS before 1.2');
      return undefined;
    default:
      refuse(at, 'bad-enum', 'value must be one of the defined enum values');
      return undefined;
  }
}

function certificates(message: CommonTlsContext, at: Cursor): CertificateSource[] {
  const inlineAt = under(at, 'tls_certificates');
  const sdsAt = under(at, 'tls_certificate_sds_secret_configs');
  return [
    ...message.tlsCertificates.map((certificate, index) => ({
      kind: 'inline' as const,
      certificate: tlsCertificate(certificate, under(inlineAt, index)),
    })),
    ...message.tlsCertificateSdsSecretConfigs.map((config, index) => ({
      kind: 'sds' as const,
      name: secretName(config, under(sdsAt, index)),
    })),
  ];
}

function validation({ validationContextType: by }: CommonTlsContext, at: Cursor): ValidationSource | undefined {
  switch (by.case) {
    case undefined:
      return undefined;
    case 'validationContext':
      return { sdsName: undefined, inline: certificateValidation(by.value, under(at, 'validation_context')) };
    case 'validationContextSdsSecretConfig':
      return { sdsName: secretName(by.value, under(at, 'validation_context_sds_secret_config')), inline: undefined };
    case 'combinedValidationContext': {
      const where = under(at, 'combined_validation_context');
      const { defaultValidationContext: inline, validationContextSdsSecretConfig: sds } = by.value;
      if (inline === undefined || sds === undefined) refuse(where, 'missing', 'value is required');
      return {
        sdsName: sds && secretName(sds, under(where, 'validation_context_sds_secret_config')),
        inline: inline && certificateValidation(inline, under(where, 'default_validation_context')),
      };
    }
    case 'validationContextCertificateProvider':
    case 'validationContextCertificateProviderInstance':
      notYet(at, 'a certificate provider');
      return undefined;
  }
}

/** Without a source the secret would be a static one of the bootstrap. */
function secretName(message: SdsSecretConfig, at: Cursor): string {
  if (message.sdsConfig !== undefined) checkConfigSource(message.sdsConfig, under(at, 'sds_config'));
  return requireText(message.name, under(at, 'name'));
}
