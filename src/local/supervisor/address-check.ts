// Keeps the mesh's address ranges apart from the networks that the host already reaches.
import { MeshError } from '../../lib/mesh-error.ts';
import { overlaps, parseRange } from '../network/address-range.ts';
import type { AddressRange } from '../network/address-range.ts';
import { runCommand } from '../process/run-command.ts';
import { systemTools } from '../process/system-tools.ts';

export interface HostRoute {
  readonly range: AddressRange;
  /** As `ip route` prints it, for messages. */
  readonly text: string;
}

/** All IPv4 routes but the default one and those that every host has. */
export function parseRoutes(json: string): HostRoute[] {
  const routes = JSON.parse(json) as { dst?: string; dev?: string; type?: string }[];
  return routes.flatMap(({ dst = 'default', dev, type }) => {
    if (dst === 'default' || dst.startsWith('127.') || type === 'broadcast' || type === 'multicast') return [];
    return [{ range: parseRange(dst), text: `${dst}${dev === undefined ? '' : ` dev ${dev}`}` }];
  });
}

/** Throws MeshError `range-taken` with a range that is free, ready to paste. */
export async function checkRanges(podCidr: string, serviceCidr: string): Promise<void> {
  const { ip } = systemTools();
  const routes = parseRoutes(await runCommand(ip, ['-j', '-4', 'route', 'show', 'table', 'all']));
  refuseOverlap(podCidr, serviceCidr, routes);
}

export function refuseOverlap(podCidr: string, serviceCidr: string, routes: readonly HostRoute[]): void {
  const pods = parseRange(podCidr);
  const services = parseRange(serviceCidr);
  if (overlaps(pods, services)) {
    throw new MeshError('range-taken', `--pod-cidr ${podCidr} and --service-cidr ${serviceCidr} overlap`);
  }
  const asked = [
    { flag: '--pod-cidr', what: 'pod addresses', range: pods, other: services },
    { flag: '--service-cidr', what: 'service addresses', range: services, other: pods },
  ];
  for (const { flag, what, range, other } of asked) {
    const taken = routes.find((route) => overlaps(route.range, range));
    if (taken === undefined) continue;
    const free = freeRange(routes, other);
    const advice = free === undefined ? `give another with ${flag}` : `give another, for example: ${flag} ${free}`;
    const message = `the ${what} ${range.text} overlap with the host's route ${taken.text}; ${advice}`;
    throw new MeshError('range-taken', message);
  }
}

function freeRange(routes: readonly HostRoute[], other: AddressRange): string | undefined {
  const candidates = Array.from({ length: 256 }, (_, i) => `10.${255 - i}.0.0/16`);
  return [...candidates, '172.31.0.0/16', '192.168.0.0/16'].find((text) => {
    const range = parseRange(text);
    return !overlaps(range, other) && routes.every((route) => !overlaps(route.range, range));
  });
}
