// The cluster's names as Kubernetes defines them: what the local DNS server knows, and what it answers.
// https://github.com/kubernetes/dns/blob/master/docs/specification.md
import type { KubernetesObject } from '../../lib/kubernetes.ts';
import { parseAddress } from './address-range.ts';
import { readyAddresses, serviceKey, slicesByService } from './service-rules.ts';

/** Plain data, so that it can be sent to the process that answers. Names are in lower case, without the last dot. */
export interface DnsZone {
  readonly domain: string;
  readonly addresses: Readonly<Record<string, readonly string[]>>;
  readonly aliases: Readonly<Record<string, string>>;
  /** Named ports of services: `_http._tcp.web.shop.svc.cluster.local`. */
  readonly ports: Readonly<Record<string, { readonly port: number; readonly target: string }>>;
}

interface ServiceSpec {
  readonly type?: string;
  readonly clusterIP?: string;
  readonly externalName?: string;
  readonly ports?: readonly { readonly name?: string; readonly port: number; readonly protocol?: string }[];
}

export interface ZoneInput {
  readonly domain: string;
  readonly services: readonly KubernetesObject[];
  readonly slices: readonly KubernetesObject[];
  /** Extra names, in the form of /etc/hosts. */
  readonly hosts?: string;
}

export function buildZone({ domain, services, slices, hosts = '' }: ZoneInput): DnsZone {
  const addresses: Record<string, string[]> = {};
  const aliases: Record<string, string> = {};
  const ports: Record<string, { port: number; target: string }> = {};
  const byService = slicesByService(slices);
  for (const service of services) {
    const spec: ServiceSpec = service['spec'] ?? {};
    const name = `${service.metadata.name}.${service.metadata.namespace ?? ''}.svc.${domain}`;
    if (spec.type === 'ExternalName') {
      if (spec.externalName !== undefined) aliases[name] = spec.externalName.toLowerCase().replace(/\.$/, '');
      continue;
    }
    if (spec.clusterIP === undefined) continue;
    for (const { name: port, port: number, protocol = 'TCP' } of spec.ports ?? []) {
      if (port !== undefined) ports[`_${port}._${protocol.toLowerCase()}.${name}`] = { port: number, target: name };
    }
    if (spec.clusterIP !== 'None') {
      addresses[name] = [spec.clusterIP];
      continue;
    }
    addresses[name] = [];
    for (const slice of byService.get(serviceKey(service, service.metadata.name)) ?? []) {
      addresses[name].push(...readyAddresses(slice));
      for (const { hostname, addresses: own } of slice.endpoints ?? []) {
        if (hostname !== undefined) addresses[`${hostname}.${name}`] = own.slice(0, 1);
      }
    }
  }
  for (const [name, list] of Object.entries(parseHosts(hosts))) addresses[name] = list;
  return { domain, addresses, aliases, ports };
}

/** `ADDRESS NAME...` per line, `#` starts a comment. IPv6 lines are passed over. */
export function parseHosts(text: string): Record<string, string[]> {
  const found = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (parseAddress(address) === undefined) continue;
    for (const name of names.map((each) => each.toLowerCase().replace(/\.$/, ''))) {
      found.set(name, [...(found.get(name) ?? []), address]);
    }
  }
  return Object.fromEntries(found);
}

export type ZoneAnswer =
  | { readonly kind: 'addresses'; readonly addresses: readonly string[] }
  | { readonly kind: 'alias'; readonly target: string }
  | { readonly kind: 'port'; readonly port: number; readonly target: string }
  /** The name is there, but has nothing of the asked type. */
  | { readonly kind: 'empty' }
  | { readonly kind: 'unknown' }
  /** Not ours: ask the host's resolvers. */
  | { readonly kind: 'elsewhere' };

export function lookUp(zone: DnsZone, asked: string, type: string): ZoneAnswer {
  const name = asked.toLowerCase().replace(/\.$/, '');
  const known = own(zone.addresses, name) ?? addressInName(zone, name);
  if (known !== undefined) {
    return type === 'A' && known.length > 0 ? { kind: 'addresses', addresses: known } : { kind: 'empty' };
  }
  const alias = own(zone.aliases, name);
  if (alias !== undefined) return { kind: 'alias', target: alias };
  const port = own(zone.ports, name);
  if (port !== undefined) return type === 'SRV' ? { kind: 'port', ...port } : { kind: 'empty' };
  return name === zone.domain || name.endsWith(`.${zone.domain}`) ? { kind: 'unknown' } : { kind: 'elsewhere' };
}

/** Anybody may ask for `constructor`, which every object inherits. */
function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** `10-244-0-7.shop.pod.cluster.local` says its address itself. */
function addressInName(zone: DnsZone, name: string): string[] | undefined {
  const suffix = `.pod.${zone.domain}`;
  if (!name.endsWith(suffix)) return undefined;
  const labels = name.slice(0, -suffix.length).split('.');
  const address = (labels[0] ?? '').replaceAll('-', '.');
  return labels.length === 2 && parseAddress(address) !== undefined ? [address] : undefined;
}
