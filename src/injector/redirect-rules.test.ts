// The redirect rules: walked by made-up packets, they must do what a plain description says; printed, they are a golden text.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { printIptables } from './print-iptables.ts';
import {
  defaultRedirectSettings,
  proxyId,
  type RedirectRule,
  type RedirectSettings,
  redirectRules,
  type RuleMatch,
  sidecarInboundPorts,
} from './redirect-rules.ts';
import { assertGolden } from '../../test/kit/golden.ts';

/** A first packet of a connection, or a datagram, as the nat table sees it. */
interface Packet {
  readonly hook: 'PREROUTING' | 'OUTPUT';
  readonly protocol: 'tcp' | 'udp';
  readonly source: string;
  readonly destination: string;
  readonly port: number;
  readonly interface: string;
  readonly uid: number;
  readonly gid: number;
}

function inRange(address: string, range: string): boolean {
  return !range.includes(':') && ipaddr.IPv4.parse(address).match(ipaddr.IPv4.parseCIDR(range));
}

function matches(match: RuleMatch, packet: Packet): boolean {
  const { inInterface, outInterface, source, destination, protocol, destinationPorts: ports, owner } = match;
  if (inInterface !== undefined && !(packet.hook === 'PREROUTING' && inInterface === packet.interface)) return false;
  if (outInterface !== undefined && !(packet.hook === 'OUTPUT' && outInterface === packet.interface)) return false;
  if (source !== undefined && inRange(packet.source, source.value) === (source.not === true)) return false;
  if (destination !== undefined && inRange(packet.destination, destination.value) === (destination.not === true)) {
    return false;
  }
  if (protocol !== undefined && protocol !== packet.protocol) return false;
  if (ports !== undefined && ports.value.includes(packet.port) === (ports.not === true)) return false;
  return owner === undefined || (owner.id === packet[owner.by]) !== (owner.not === true);
}

/** Walks the nat table as the kernel does: the port that a packet is redirected to, or undefined. */
function walk(rules: readonly RedirectRule[], packet: Packet): number | undefined {
  const nat = rules.filter((rule) => rule.table === 'nat');
  const chain = (name: string): number | undefined => {
    for (const rule of nat.filter((candidate) => candidate.chain === name)) {
      if (!matches(rule.match, packet)) continue;
      if (rule.target.kind === 'return') return undefined;
      // A redirect without a transport protocol is not possible: the kernel's own rule, too.
      const port =
        rule.target.kind === 'jump'
          ? chain(rule.target.chain)
          : rule.target.kind === 'redirect'
            ? rule.target.port
            : undefined;
      if (port !== undefined) return port;
    }
    return undefined;
  };
  return chain(packet.hook);
}

const podAddress = '10.244.0.7';

function expectedInbound(settings: RedirectSettings, packet: Packet): number | undefined {
  if (packet.protocol !== 'tcp' || settings.excludeInterfaces.includes(packet.interface)) return undefined;
  const { includeInboundPorts: included } = settings;
  if (included !== 'all') return included.includes(packet.port) ? 15006 : undefined;
  const passed = [...settings.excludeInboundPorts, ...sidecarInboundPorts, 15008];
  return passed.includes(packet.port) ? undefined : 15006;
}

function expectedOutbound(settings: RedirectSettings, packet: Packet): number | undefined {
  if (settings.excludeInterfaces.includes(packet.interface)) return undefined;
  if (settings.excludeOutboundPorts.includes(packet.port)) return undefined;
  const { includeOutboundRanges: included } = settings;
  const isProxy = packet.uid === proxyId || packet.gid === proxyId;
  const overLo = packet.interface === 'lo';
  if (packet.source === '127.0.0.6' && overLo) return undefined;
  if (isProxy) {
    const ownAddress = overLo && packet.protocol === 'tcp' && packet.destination !== '127.0.0.1';
    return ownAddress && packet.port !== 15008 && !(settings.captureDns && packet.port === 53) ? 15006 : undefined;
  }
  if (packet.port === 53 && settings.captureDns) return 15053;
  const loopbackIncluded = included !== 'all' && included.some((range) => range.startsWith('127.'));
  return expectedByRange(settings, packet, overLo && !loopbackIncluded);
}

function expectedByRange(settings: RedirectSettings, packet: Packet, local: boolean): number | undefined {
  const { includeOutboundRanges: included } = settings;
  if (packet.protocol !== 'tcp' || local || packet.destination === '127.0.0.1') return undefined;
  if (settings.excludeOutboundRanges.some((range) => inRange(packet.destination, range))) return undefined;
  if (settings.includeOutboundPorts.includes(packet.port)) return 15001;
  return included === 'all' || included.some((range) => inRange(packet.destination, range)) ? 15001 : undefined;
}

const ports = fc.constantFrom(53, 80, 443, 9080, 9999, 15008, 15020, 15021, 15090);
const somePorts = fc.uniqueArray(fc.constantFrom(80, 443, 9080, 9999), { maxLength: 3 });
const ranges = fc.uniqueArray(
  fc.constantFrom('10.0.0.0/8', '10.244.0.0/24', '127.0.0.1/32', '240.0.0.0/4', 'fd00::/8'),
);
const settingsArbitrary: fc.Arbitrary<RedirectSettings> = fc.record({
  includeInboundPorts: fc.oneof(fc.constant('all' as const), somePorts),
  excludeInboundPorts: somePorts,
  includeOutboundRanges: fc.oneof(fc.constant('all' as const), ranges),
  excludeOutboundRanges: ranges,
  includeOutboundPorts: somePorts,
  excludeOutboundPorts: somePorts,
  excludeInterfaces: fc.constantFrom([], ['net1']),
  captureDns: fc.boolean(),
});
const destinations = fc.constantFrom(
  '127.0.0.1',
  '127.0.0.2',
  podAddress,
  '10.96.0.10',
  '10.244.0.9',
  '93.184.216.34',
  '240.1.1.1',
);
const outboundPacket: fc.Arbitrary<Packet> = fc
  .record({
    protocol: fc.constantFrom('tcp' as const, 'udp' as const),
    destination: destinations,
    port: ports,
    uid: fc.constantFrom(0, 1000, proxyId),
    gid: fc.constantFrom(0, 1000, proxyId),
    bound: fc.boolean(),
    other: fc.constantFrom('eth0', 'net1'),
  })
  // The proxy has its user and its group, and nobody else has either.
  .map(({ uid, gid, ...rest }) => ({ ...rest, uid, gid: uid === proxyId ? proxyId : gid === proxyId ? 1000 : gid }))
  .map(({ bound, other, ...rest }) => {
    const local = rest.destination.startsWith('127.') || rest.destination === podAddress;
    return {
      ...rest,
      hook: 'OUTPUT',
      interface: local ? 'lo' : other,
      source: local && bound ? '127.0.0.6' : podAddress,
    };
  });
const inboundPacket: fc.Arbitrary<Packet> = fc
  .record({
    protocol: fc.constantFrom('tcp' as const, 'udp' as const),
    port: ports,
    interface: fc.constantFrom('eth0', 'net1'),
  })
  .map((rest) => ({ ...rest, hook: 'PREROUTING', source: '10.244.0.9', destination: podAddress, uid: -1, gid: -1 }));

test('what leaves a pod goes to the proxy, to the DNS proxy, or on its way, as described', () => {
  fc.assert(
    fc.property(settingsArbitrary, outboundPacket, (settings, packet) => {
      assert.equal(walk(redirectRules(settings, 'v4'), packet), expectedOutbound(settings, packet));
    }),
    { numRuns: 3000 },
  );
});

test('what enters a pod goes to the proxy but for excluded ports and the sidecar’s own', () => {
  fc.assert(
    fc.property(settingsArbitrary, inboundPacket, (settings, packet) => {
      assert.equal(walk(redirectRules(settings, 'v4'), packet), expectedInbound(settings, packet));
    }),
    { numRuns: 1000 },
  );
});

test('every chain that is jumped to is declared, and no rule names a range of the other family', () => {
  fc.assert(
    fc.property(settingsArbitrary, fc.constantFrom('v4' as const, 'v6' as const), (settings, family) => {
      const rules = redirectRules(settings, family);
      const text = printIptables(rules);
      for (const [, chain] of text.matchAll(/-j (ISTIO_\w+)/g)) assert.ok(text.includes(`:${chain} - [0:0]`), chain);
      assert.equal(/ (?:-d|-s) \d+\.\d+/.test(text), family === 'v4');
      assert.equal(/ (?:-d|-s) [\da-f]*:/.test(text), family === 'v6');
    }),
  );
});

test('the printed rules are stable: defaults, IPv6, and every annotation at once', () => {
  assertGolden(import.meta.url, 'redirect-default.txt', printIptables(redirectRules(defaultRedirectSettings, 'v4')));
  assertGolden(import.meta.url, 'redirect-default-v6.txt', printIptables(redirectRules(defaultRedirectSettings, 'v6')));
  const everything: RedirectSettings = {
    includeInboundPorts: [8080, 9080],
    excludeInboundPorts: [9999],
    includeOutboundRanges: ['10.0.0.0/8', 'fd00::/8'],
    excludeOutboundRanges: ['10.1.0.0/16'],
    includeOutboundPorts: [443],
    excludeOutboundPorts: [3306],
    excludeInterfaces: ['net1'],
    captureDns: false,
  };
  assertGolden(import.meta.url, 'redirect-everything.txt', printIptables(redirectRules(everything, 'v4')));
});
