// ServerTLSSettings, which Gateway and Sidecar share: fields and the webhook's rules.
import { array, boolean, type Infer, notYet, object, oneOf, rule, string } from '../../schema.ts';
import type { IssueList } from './issue-list.ts';

const versions = ['TLS_AUTO', 'TLSV1_0', 'TLSV1_1', 'TLSV1_2', 'TLSV1_3'] as const;
const unread = 'TLS is not terminated';
const text = () => notYet(string(), unread);
const texts = () => notYet(array(string()), unread);

const fields = object({
  httpsRedirect: boolean(),
  mode: oneOf(['PASSTHROUGH', 'SIMPLE', 'MUTUAL', 'AUTO_PASSTHROUGH', 'ISTIO_MUTUAL', 'OPTIONAL_MUTUAL'], {
    SIMPLE: { state: 'not-yet', note: unread },
    MUTUAL: { state: 'not-yet', note: unread },
    AUTO_PASSTHROUGH: { state: 'not-yet', note: 'the port stays closed' },
    ISTIO_MUTUAL: { state: 'not-yet', note: unread },
    OPTIONAL_MUTUAL: { state: 'not-yet', note: unread },
  }),
  credentialName: text(),
  credentialNames: notYet(array(string(), { minItems: 1, maxItems: 2 }), unread),
  tlsCertificates: notYet(
    array(object({ serverCertificate: string(), privateKey: string(), caCertificates: string() }), {
      minItems: 1,
      maxItems: 2,
    }),
    unread,
  ),
  serverCertificate: text(),
  privateKey: text(),
  caCertificates: text(),
  caCertCredentialName: text(),
  caCrl: text(),
  subjectAltNames: texts(),
  verifyCertificateSpki: texts(),
  verifyCertificateHash: texts(),
  minProtocolVersion: notYet(oneOf(versions), unread),
  maxProtocolVersion: notYet(oneOf(versions), unread),
  cipherSuites: texts(),
  ecdhCurves: texts(),
  insecureSkipVerify: notYet(boolean(), unread),
});

type Fields = Infer<typeof fields>;

export const serverTlsSchema = rule(
  rule(
    fields,
    'only one of `credentialNames` and `tlsCertificates` may be set',
    (tls: Fields) => tls.credentialNames === undefined || tls.tlsCertificates === undefined,
    'crossing',
  ),
  'only one of `credentialName` and `credentialNames` may be set',
  (tls: Fields) => tls.credentialName === undefined || tls.credentialNames === undefined,
  'crossing',
);

export type ServerTlsBody = Infer<typeof serverTlsSchema>;

const files = ['serverCertificate', 'privateKey', 'caCertificates', 'caCrl'] as const;
const credentials = ['credentialName', 'credentialNames', 'tlsCertificates'] as const;
type Material = (typeof files)[number] | (typeof credentials)[number];

function isSet(tls: ServerTlsBody, field: Material): boolean {
  const value = tls[field];
  return value !== undefined && value.length > 0;
}

export function checkServerTls(tls: ServerTlsBody | undefined, path: string, list: IssueList): void {
  if (tls === undefined) return;
  const mode = tls.mode ?? 'PASSTHROUGH';
  warnCiphers(tls, path, list);
  if (mode === 'ISTIO_MUTUAL') {
    for (const field of ['serverCertificate', 'privateKey', 'caCertificates', ...credentials] as const) {
      if (isSet(tls, field)) list.error(`${path}.${field}`, 'crossing', `\`mode: ISTIO_MUTUAL\` excludes \`${field}\``);
    }
    return;
  }
  const passes = mode === 'PASSTHROUGH' || mode === 'AUTO_PASSTHROUGH';
  if (passes && [...files, ...credentials].some((field) => isSet(tls, field))) {
    list.warning(path, 'crossing', `certificates are ignored with \`mode: ${mode}\``);
  }
  const sources = [
    isSet(tls, 'serverCertificate') && isSet(tls, 'privateKey'),
    ...credentials.map((field) => isSet(tls, field)),
  ];
  if (sources.filter(Boolean).length > 1) {
    list.error(
      path,
      'crossing',
      'certificates may come from one place only',
      'a credential, files, or `tlsCertificates`',
    );
  }
  const fetched = isSet(tls, 'credentialName') || isSet(tls, 'credentialNames');
  if (fetched && !passes) return;
  if (!passes) checkFiles(tls, mode, path, list);
  if (isSet(tls, 'caCrl') && isSet(tls, 'credentialName')) {
    list.error(`${path}.caCrl`, 'crossing', '`credentialName` excludes `caCrl`', 'put the list into the credential');
  }
  if (isSet(tls, 'caCrl') && mode === 'SIMPLE')
    list.error(`${path}.caCrl`, 'crossing', '`mode: SIMPLE` excludes `caCrl`');
}

function checkFiles(tls: ServerTlsBody, mode: string, path: string, list: IssueList): void {
  const need = (at: string, field: string): void =>
    list.error(`${at}.${field}`, 'missing', `\`mode: ${mode}\` needs \`${field}\`, or a \`credentialName\``);
  if (mode !== 'SIMPLE' && !isSet(tls, 'caCertificates')) need(path, 'caCertificates');
  const own = { serverCertificate: tls.serverCertificate, privateKey: tls.privateKey };
  const certificates = isSet(tls, 'tlsCertificates') ? (tls.tlsCertificates ?? []) : [own];
  for (const [index, certificate] of certificates.entries()) {
    const at = certificate === own ? path : `${path}.tlsCertificates[${index}]`;
    for (const field of ['serverCertificate', 'privateKey'] as const) {
      if ((certificate[field] ?? '') === '') need(at, field);
    }
  }
}

function warnCiphers(tls: ServerTlsBody, path: string, list: IssueList): void {
  const old = tls.minProtocolVersion === 'TLSV1_0' || tls.minProtocolVersion === 'TLSV1_1';
  if (old && (tls.cipherSuites ?? []).length === 0) {
    list.warning(`${path}.minProtocolVersion`, 'crossing', 'versions below 1.2 need `cipherSuites` that go with them');
  }
  const seen = new Set<string>();
  for (const [index, suite] of (tls.cipherSuites ?? []).entries()) {
    if (seen.has(suite)) list.warning(`${path}.cipherSuites[${index}]`, 'duplicate', `\`${suite}\` is listed twice`);
    seen.add(suite);
  }
}
