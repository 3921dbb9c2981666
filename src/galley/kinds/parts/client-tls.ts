// ClientTLSSettings of a DestinationRule: fields, the webhook's rules, lowering.
import type { ClientTls } from '../../../model/traffic-policy.ts';
import { array, boolean, type Infer, notYet, object, oneOf, string } from '../../schema.ts';
import type { IssueList } from './issue-list.ts';

const noCertificate = 'no client certificate is shown';

export const clientTlsSchema = object({
  mode: oneOf(['DISABLE', 'SIMPLE', 'MUTUAL', 'ISTIO_MUTUAL'], {
    MUTUAL: { state: 'not-yet', note: noCertificate },
    ISTIO_MUTUAL: { state: 'not-yet', note: 'connections stay in plain text' },
  }),
  clientCertificate: notYet(string(), noCertificate),
  privateKey: notYet(string(), noCertificate),
  caCertificates: notYet(string(), "the system's own authorities are trusted"),
  credentialName: notYet(string(), 'secrets are not read'),
  caCrl: notYet(string(), 'revoked certificates are accepted'),
  sni: string(),
  subjectAltNames: array(string()),
  insecureSkipVerify: boolean(),
});

export type ClientTlsBody = Infer<typeof clientTlsSchema>;

export function checkClientTls(tls: ClientTlsBody | undefined, namespace: string, path: string, list: IssueList): void {
  if (tls === undefined) return;
  checkConfigMap(tls.credentialName, namespace, path, list);
  const { mode, insecureSkipVerify, subjectAltNames = [] } = tls;
  const isSet = (field: 'caCertificates' | 'credentialName' | 'clientCertificate' | 'privateKey' | 'caCrl'): boolean =>
    (tls[field] ?? '') !== '';
  if (insecureSkipVerify === true && (mode === 'SIMPLE' || mode === 'MUTUAL')) {
    const verifies =
      isSet('caCertificates') || subjectAltNames.length > 0 || (mode === 'SIMPLE' && isSet('credentialName'));
    if (verifies) list.error(`${path}.insecureSkipVerify`, 'crossing', 'excludes every setting of how to verify');
  }
  if ((mode === 'SIMPLE' || mode === 'MUTUAL') && isSet('credentialName')) {
    for (const field of ['clientCertificate', 'privateKey', 'caCertificates', 'caCrl'] as const) {
      if (isSet(field)) list.error(`${path}.${field}`, 'crossing', `\`credentialName\` excludes \`${field}\``);
    }
    return;
  }
  if (mode !== 'MUTUAL') return;
  for (const field of ['clientCertificate', 'privateKey'] as const) {
    if (!isSet(field))
      list.error(`${path}.${field}`, 'missing', `\`mode: MUTUAL\` needs \`${field}\` or \`credentialName\``);
  }
}

/** `configmap://namespace/name`: only from the resource's own namespace. */
function checkConfigMap(credentialName: string | undefined, namespace: string, path: string, list: IssueList): void {
  const [, rest] = /^configmap:\/\/(.*)$/.exec(credentialName ?? '') ?? [];
  if (rest === undefined) return;
  const parts = rest.split('/');
  if (parts.length > 2 || parts.includes('')) {
    list.error(`${path}.credentialName`, 'bad-value', `\`${credentialName}\` names no config map`);
  } else if (parts.length === 2 && parts[0] !== namespace) {
    list.error(`${path}.credentialName`, 'crossing', `the config map has to be in namespace ${namespace}`);
  }
}

const modes = { DISABLE: 'disable', SIMPLE: 'simple', MUTUAL: 'mutual', ISTIO_MUTUAL: 'istio-mutual' } as const;

export function lowerClientTls(tls: ClientTlsBody | undefined): ClientTls | undefined {
  if (tls === undefined) return undefined;
  return {
    mode: modes[tls.mode ?? 'DISABLE'],
    sni: tls.sni ?? '',
    subjectAltNames: tls.subjectAltNames ?? [],
    insecureSkipVerify: tls.insecureSkipVerify,
  };
}
