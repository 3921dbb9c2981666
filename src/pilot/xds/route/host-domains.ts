// The Host values under which a service is reached from a proxy: full name, shorter names, addresses. Ports are ignored by Envoy.
import { isIP } from 'node:net';
import type { Service } from '../../../model/service.ts';

export interface HostDomains {
  readonly domains: readonly string[];
  /** Those made by shortening or completing the name: they give way to a service that really has such a name. */
  readonly derived: readonly string[];
}

/** `dnsDomain` is the proxy's (`shop.svc.cluster.local`): names of its own namespace may be shortened to `reviews`. */
export function serviceDomains(service: Service, aliases: readonly string[], dnsDomain: string): HostDomains {
  const derived: string[] = [];
  const names = [service.hostname, ...aliases].flatMap((hostname) => {
    const others = derivedNames(hostname, dnsDomain);
    derived.push(...others);
    return [hostname, ...others];
  });
  // Pods of a headless service have names below the service's.
  const pods = service.headless && service.registry === 'kubernetes' ? names.map((name) => `*.${name}`) : [];
  const addresses = service.addresses.filter((address) => isIP(address) !== 0 && address !== '0.0.0.0');
  return { domains: [...names, ...pods, ...addresses.map(bracket)], derived };
}

export function bracket(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}

function derivedNames(hostname: string, dnsDomain: string): string[] {
  const absolute = isIP(hostname) === 0 ? [`${hostname}.`] : [];
  const at = dnsDomain.indexOf('.svc.');
  if (at < 0 || !hostname.endsWith(dnsDomain.slice(at))) return absolute;
  const end = hostname.indexOf('.svc.');
  const dot = hostname.indexOf('.');
  if (end <= 0 || dot + 1 > end) return absolute;
  const withNamespace = hostname.slice(0, end);
  const ownNamespace = hostname.slice(dot + 1, end) === dnsDomain.slice(0, at);
  return [...absolute, ...(ownNamespace ? [hostname.slice(0, dot)] : []), withNamespace, `${withNamespace}.svc`];
}
