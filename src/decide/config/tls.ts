// Transport security of a listener's chain and of a cluster, as decoded.
import type { StringMatch } from './string-match.ts';

export type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

export interface TlsSettings {
  /** undefined: the side's default (downstream 1.2 to 1.3, upstream 1.2 to 1.2). */
  readonly minVersion: TlsVersion | undefined;
  readonly maxVersion: TlsVersion | undefined;
  /** OpenSSL names. */
  readonly cipherSuites: readonly string[];
  readonly alpn: readonly string[];
  readonly certificates: readonly CertificateSource[];
  readonly validation: ValidationSource | undefined;
}

export interface UpstreamTls extends TlsSettings {
  readonly sni: string;
}

export interface DownstreamTls extends TlsSettings {
  readonly requireClientCertificate: boolean;
}

export type CertificateSource =
  | { readonly kind: 'inline'; readonly certificate: TlsCertificate }
  | { readonly kind: 'sds'; readonly name: string };

export interface TlsCertificate {
  readonly certificateChain: DataSource;
  readonly privateKey: DataSource;
}

/** With both `sdsName` and `inline` the secret's authorities count, and the inline names. */
export interface ValidationSource {
  readonly sdsName: string | undefined;
  readonly inline: CertificateValidation | undefined;
}

export interface CertificateValidation {
  readonly trustedCa: DataSource | undefined;
  /** The system's authorities are trusted. */
  readonly systemRoots: boolean;
  /** One of the certificate's names has to match one; empty: any name. */
  readonly subjectAltNames: readonly { readonly type: 'dns' | 'uri' | 'email' | 'ip'; readonly match: StringMatch }[];
  /** Hex of SHA-256, lower-cased; empty: any. */
  readonly certificateHashes: readonly string[];
  readonly spkiHashes: readonly string[];
  readonly allowExpired: boolean;
  /** An authority that is not trusted is accepted. */
  readonly acceptUntrusted: boolean;
}

export type DataSource =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array };

export interface Secret {
  readonly name: string;
  readonly content:
    | { readonly kind: 'certificate'; readonly certificate: TlsCertificate }
    | { readonly kind: 'validation'; readonly validation: CertificateValidation };
}
