// Decodes certificates and how a peer's are judged; both also come as secrets.
import {
  type CertificateValidationContext,
  CertificateValidationContext_TrustChainVerification as TrustChain,
  CertificateValidationContextSchema,
  type SubjectAltNameMatcher,
  SubjectAltNameMatcher_SanType as SanType,
  type TlsCertificate as CertificateMessage,
  TlsCertificateSchema,
} from '../../../proto/gen/envoy/extensions/transport_sockets/tls/v3/common_pb.ts';
import type { CertificateValidation, TlsCertificate } from '../tls.ts';
import type { Cursor } from './cursor.ts';
import { refuse, under } from './cursor.ts';
import { dataSource } from './data-source.ts';
import { knownFields } from './known-fields.ts';
import { stringMatch } from './string-match.ts';
import { enumName } from './value.ts';

const checkCertificate = knownFields(TlsCertificateSchema, { read: ['certificateChain', 'privateKey'] });
const checkValidation = knownFields(CertificateValidationContextSchema, {
  read: [
    'trustedCa',
    'systemRootCerts',
    'verifyCertificateSpki',
    'verifyCertificateHash',
    'matchTypedSubjectAltNames',
    'allowExpiredCertificate',
    'trustChainVerification',
  ],
});

const noBytes = { kind: 'bytes', bytes: new Uint8Array() } as const;

export function tlsCertificate(message: CertificateMessage, at: Cursor): TlsCertificate {
  checkCertificate(message, at);
  const { certificateChain: chain, privateKey: key } = message;
  if (chain === undefined) refuse(under(at, 'certificate_chain'), 'missing', 'value is required');
  if (key === undefined)
    refuse(under(at, 'private_key'), 'missing', 'Failed to load incomplete private key from path: ');
  return {
    certificateChain: chain ? dataSource(chain, under(at, 'certificate_chain')) : noBytes,
    privateKey: key ? dataSource(key, under(at, 'private_key')) : noBytes,
  };
}

const trust = { [TrustChain.VERIFY_TRUST_CHAIN]: false, [TrustChain.ACCEPT_UNTRUSTED]: true } as const;

export function certificateValidation(message: CertificateValidationContext, at: Cursor): CertificateValidation {
  checkValidation(message, at);
  const namesAt = under(at, 'match_typed_subject_alt_names');
  const hashesAt = under(at, 'verify_certificate_hash');
  if (message.matchTypedSubjectAltNames.length > 0 && !message.trustedCa && !message.systemRootCerts) {
    refuse(
      namesAt,
      'conflict',
      'SAN-based verification of peer certificates without trusted CA is insecure and not allowed',
    );
  }
  return {
    trustedCa: message.trustedCa && dataSource(message.trustedCa, under(at, 'trusted_ca')),
    systemRoots: message.systemRootCerts !== undefined,
    subjectAltNames: message.matchTypedSubjectAltNames.map((each, index) =>
      subjectAltName(each, under(namesAt, index)),
    ),
    certificateHashes: message.verifyCertificateHash.map((hash, index) =>
      certificateHash(hash, under(hashesAt, index)),
    ),
    spkiHashes: message.verifyCertificateSpki.map((hash, index) =>
      spkiHash(hash, under(under(at, 'verify_certificate_spki'), index)),
    ),
    allowExpired: message.allowExpiredCertificate,
    acceptUntrusted: enumName(trust, message.trustChainVerification, under(at, 'trust_chain_verification')),
  };
}

const sanTypes = {
  [SanType.EMAIL]: 'email',
  [SanType.DNS]: 'dns',
  [SanType.URI]: 'uri',
  [SanType.IP_ADDRESS]: 'ip',
} as const;

function subjectAltName(
  { sanType, matcher }: SubjectAltNameMatcher,
  at: Cursor,
): CertificateValidation['subjectAltNames'][number] {
  const type = enumName<'email' | 'dns' | 'uri' | 'ip'>(sanTypes, sanType, under(at, 'san_type'));
  const matcherAt = under(at, 'matcher');
  if (matcher !== undefined) return { type, match: stringMatch(matcher, matcherAt) };
  refuse(matcherAt, 'missing', 'value is required');
  return { type, match: { kind: 'exact', value: '', ignoreCase: false } };
}

/** Hex of SHA-256, with or without colons. */
function certificateHash(text: string, at: Cursor): string {
  const hex = text.replaceAll(':', '').toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(hex)) refuse(at, 'bad-value', `Invalid hex-encoded SHA-256 ${text}`);
  return hex;
}

function spkiHash(text: string, at: Cursor): string {
  if (!/^[A-Za-z0-9+/]{43}=$/.test(text)) refuse(at, 'bad-value', `Invalid base64-encoded SHA-256 ${text}`);
  return text;
}
