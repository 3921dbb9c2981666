// The redirect rules of a pod, as data: what the kernel is to send through the sidecar. Printed by print-iptables.ts.
import { isIPv6 } from 'node:net';

/** Which traffic of a pod goes through its sidecar. Ranges are CIDR, of both families. */
export interface RedirectSettings {
  /** `all`, or just these ports. */
  readonly includeInboundPorts: 'all' | readonly number[];
  readonly excludeInboundPorts: readonly number[];
  /** `all`, or just these destinations. */
  readonly includeOutboundRanges: 'all' | readonly string[];
  readonly excludeOutboundRanges: readonly string[];
  /** Redirected whatever the ranges say. */
  readonly includeOutboundPorts: readonly number[];
  readonly excludeOutboundPorts: readonly number[];
  readonly excludeInterfaces: readonly string[];
  /** DNS queries (UDP and TCP port 53, to any resolver) go to the agent. */
  readonly captureDns: boolean;
}

export const defaultRedirectSettings: RedirectSettings = {
  includeInboundPorts: 'all',
  excludeInboundPorts: [],
  includeOutboundRanges: 'all',
  excludeOutboundRanges: [],
  includeOutboundPorts: [],
  excludeOutboundPorts: [],
  excludeInterfaces: [],
  captureDns: true,
};

export const proxyPorts = { outbound: 15001, inbound: 15006, tunnel: 15008, dns: 15053 } as const;
/** User and group of the sidecar; what they send is never redirected. */
export const proxyId = 1337;
/** Ports of the sidecar itself, reached from outside the pod: merged metrics, health, the proxy's metrics. */
export const sidecarInboundPorts: readonly number[] = [15090, 15021, 15020];

export type IpFamily = 'v4' | 'v6';
export type RuleTable = 'nat' | 'raw';

/** A value that must, or with `not` must not, be met. */
export interface Wanted<T> {
  readonly not?: boolean;
  readonly value: T;
}

/** All that is given must hold. */
export interface RuleMatch {
  readonly inInterface?: string;
  readonly outInterface?: string;
  readonly source?: Wanted<string>;
  readonly destination?: Wanted<string>;
  readonly protocol?: 'tcp' | 'udp';
  readonly sourcePort?: number;
  /** One port, or (with `not`) none of several. */
  readonly destinationPorts?: Wanted<readonly number[]>;
  readonly owner?: { readonly by: 'uid' | 'gid'; readonly not?: boolean; readonly id: number };
}

export type RuleTarget =
  | { readonly kind: 'return' }
  | { readonly kind: 'jump'; readonly chain: string }
  | { readonly kind: 'redirect'; readonly port: number }
  | { readonly kind: 'conntrack-zone'; readonly zone: number };

export interface RedirectRule {
  readonly table: RuleTable;
  readonly chain: string;
  readonly match: RuleMatch;
  readonly target: RuleTarget;
}

const back: RuleTarget = { kind: 'return' };
const toOutbound: RuleTarget = { kind: 'jump', chain: 'ISTIO_REDIRECT' };
const toInbound: RuleTarget = { kind: 'jump', chain: 'ISTIO_IN_REDIRECT' };

function nat(chain: string, match: RuleMatch, target: RuleTarget): RedirectRule {
  return { table: 'nat', chain, match, target };
}

function raw(chain: string, match: RuleMatch, target: RuleTarget): RedirectRule {
  return { table: 'raw', chain, match, target };
}

function toPort(port: number): Wanted<readonly number[]> {
  return { value: [port] };
}

function loopback(family: IpFamily): string {
  return family === 'v4' ? '127.0.0.1/32' : '::1/128';
}

/** The address that the proxy binds when it hands inbound traffic to the application. */
function inboundBindAddress(family: IpFamily): string {
  return family === 'v4' ? '127.0.0.6/32' : '::6/128';
}

function ofFamily(ranges: readonly string[], family: IpFamily): readonly string[] {
  return ranges.filter((range) => isIPv6(range.split('/')[0] ?? '') === (family === 'v6'));
}

/** The rules of one address family, in the order in which the kernel walks each chain. */
export function redirectRules(settings: RedirectSettings, family: IpFamily): readonly RedirectRule[] {
  return [
    ...settings.excludeInterfaces.flatMap((name) => [
      nat('PREROUTING', { inInterface: name }, back),
      nat('OUTPUT', { outInterface: name }, back),
    ]),
    nat('ISTIO_REDIRECT', { protocol: 'tcp' }, { kind: 'redirect', port: proxyPorts.outbound }),
    nat('ISTIO_IN_REDIRECT', { protocol: 'tcp' }, { kind: 'redirect', port: proxyPorts.inbound }),
    ...inboundRules(settings),
    ...outboundRules(settings, family),
    ...(settings.captureDns ? dnsRules() : []),
  ];
}

function inboundRules(settings: RedirectSettings): readonly RedirectRule[] {
  const { includeInboundPorts: included, excludeInboundPorts: excluded } = settings;
  if (included !== 'all' && included.length === 0) return [];
  const chain = 'ISTIO_INBOUND';
  const into = nat('PREROUTING', { protocol: 'tcp' }, { kind: 'jump', chain });
  if (included !== 'all') {
    return [
      into,
      ...included.map((port) => nat(chain, { protocol: 'tcp', destinationPorts: toPort(port) }, toInbound)),
    ];
  }
  const passed = new Set([proxyPorts.tunnel, ...sidecarInboundPorts, ...excluded]);
  return [
    into,
    ...[...passed].map((port) => nat(chain, { protocol: 'tcp', destinationPorts: toPort(port) }, back)),
    nat(chain, { protocol: 'tcp' }, toInbound),
  ];
}

function outboundRules(settings: RedirectSettings, family: IpFamily): readonly RedirectRule[] {
  const chain = 'ISTIO_OUTPUT';
  const { includeOutboundRanges: included } = settings;
  const rule = (match: RuleMatch, target: RuleTarget) => nat(chain, match, target);
  return [
    nat('OUTPUT', {}, { kind: 'jump', chain }),
    ...settings.excludeOutboundPorts.flatMap((port) => [
      rule({ protocol: 'tcp', destinationPorts: toPort(port) }, back),
      rule({ protocol: 'udp', destinationPorts: toPort(port) }, back),
    ]),
    rule({ outInterface: 'lo', source: { value: inboundBindAddress(family) } }, back),
    ...ownerRules('uid', settings, family),
    ...ownerRules('gid', settings, family),
    ...(settings.captureDns ? [rule({}, { kind: 'jump', chain: 'ISTIO_OUTPUT_DNS' })] : []),
    rule({ destination: { value: loopback(family) } }, back),
    ...ofFamily(settings.excludeOutboundRanges, family).map((range) => rule({ destination: { value: range } }, back)),
    ...settings.includeOutboundPorts.map((port) =>
      rule({ protocol: 'tcp', destinationPorts: toPort(port) }, toOutbound),
    ),
    ...(included === 'all'
      ? [rule({}, toOutbound)]
      : ofFamily(included, family).map((range) => rule({ destination: { value: range } }, toOutbound))),
  ];
}

/**
 * What the proxy sends leaves unhindered, but for one case: an application that calls its own service address. Then the
 * proxy dials the pod's own address over `lo`, and that has to enter as inbound traffic would. What the application
 * itself sends over `lo` stays as it is, unless a loopback range is included on purpose.
 */
function ownerRules(by: 'uid' | 'gid', settings: RedirectSettings, family: IpFamily): readonly RedirectRule[] {
  const chain = 'ISTIO_OUTPUT';
  const proxy = { by, id: proxyId };
  const others = { by, id: proxyId, not: true };
  const keptPorts = by === 'uid' && settings.captureDns ? [53, proxyPorts.tunnel] : [proxyPorts.tunnel];
  const notLoopback = { not: true, value: loopback(family) };
  // A resolver may listen on loopback, and its TCP queries are wanted too: port 53 is left to the DNS chain.
  const local: RuleMatch = settings.captureDns
    ? { outInterface: 'lo', protocol: 'tcp', destinationPorts: { not: true, value: [53] }, owner: others }
    : { outInterface: 'lo', owner: others };
  const loopbackIncluded =
    settings.includeOutboundRanges !== 'all' && settings.includeOutboundRanges.some((range) => isLoopbackRange(range));
  return [
    nat(
      chain,
      {
        outInterface: 'lo',
        destination: notLoopback,
        protocol: 'tcp',
        destinationPorts: { not: true, value: keptPorts },
        owner: proxy,
      },
      toInbound,
    ),
    ...(loopbackIncluded ? [] : [nat(chain, local, back)]),
    nat(chain, { owner: proxy }, back),
  ];
}

function isLoopbackRange(range: string): boolean {
  return range.startsWith('127.') || range.startsWith('::1/');
}

/**
 * Connection tracking outlives sockets: the agent may get a source port that an application used for the same resolver
 * seconds ago, and would then be redirected to itself. Hence two zones: the agent's queries in 1, everyone else's in 2.
 */
function dnsRules(): readonly RedirectRule[] {
  const chain = 'ISTIO_OUTPUT_DNS';
  const query: RuleMatch = { protocol: 'udp', destinationPorts: toPort(53) };
  const answer: RuleMatch = { protocol: 'udp', sourcePort: proxyPorts.dns };
  const zone = (match: RuleMatch, number: number) => raw(chain, match, { kind: 'conntrack-zone', zone: number });
  const owners = (['uid', 'gid'] as const).map((by) => ({ by, id: proxyId }));
  const toAgent: RuleTarget = { kind: 'redirect', port: proxyPorts.dns };
  return [
    nat(chain, { protocol: 'tcp', destinationPorts: toPort(53) }, toAgent),
    nat(chain, query, toAgent),
    raw('OUTPUT', {}, { kind: 'jump', chain }),
    ...owners.flatMap((owner) => [zone({ ...query, owner }, 1), zone({ ...answer, owner }, 2)]),
    zone(query, 2),
    raw('PREROUTING', {}, { kind: 'jump', chain: 'ISTIO_INBOUND' }),
    raw('ISTIO_INBOUND', { protocol: 'udp', sourcePort: 53 }, { kind: 'conntrack-zone', zone: 1 }),
  ];
}
