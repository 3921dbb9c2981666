// The TLS that a proxy originates towards a service.
import type { Service } from '../../../model/service.ts';
import type { ClientTls } from '../../../model/traffic-policy.ts';
import type { UpstreamTls } from './cluster-slice.ts';

/**
 * Mutual TLS of the mesh has no identities yet: `istio-mutual` stays plain text, as all traffic inside the mesh does. A client
 * certificate of one's own is not there either: `mutual` shows none, so that a server that needs it refuses.
 */
export function upstreamTls(tls: ClientTls | undefined, service: Service): UpstreamTls | undefined {
  if (tls === undefined || tls.mode === 'disable' || tls.mode === 'istio-mutual') return undefined;
  if (tls.insecureSkipVerify === true) return { sni: tls.sni, subjectAltNames: [], verify: false };
  const names = tls.subjectAltNames.length > 0 || service.registry !== 'external' ? tls : service;
  return { sni: tls.sni, subjectAltNames: names.subjectAltNames, verify: true };
}
