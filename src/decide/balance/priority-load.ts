// How much of the load each priority gets, and whether it is so unhealthy that all of its hosts are used (panic).
import type { BalanceHost } from './balance-host.ts';

type Health = BalanceHost['endpoint']['health'];

export interface PrioritySettings {
  /** In percent; 0: never. */
  readonly healthyPanicPercent: number;
  readonly overprovisioningPercent: number;
}

export interface PriorityLoad {
  /** In percent of all requests; the sum over all priorities is 100, or 0 if there is no host. */
  readonly healthy: number;
  readonly degraded: number;
  readonly panic: boolean;
}

/** Per priority, 0 first. */
export function priorityLoads(
  priorities: readonly (readonly BalanceHost[])[],
  settings: PrioritySettings,
): PriorityLoad[] {
  const healthy = priorities.map((hosts) => availability(hosts, 'healthy', settings));
  const degraded = priorities.map((hosts) => availability(hosts, 'degraded', settings));
  const total = Math.min(100, sum(healthy) + sum(degraded));
  const panic = priorities.map((hosts) => total < 100 && isInPanic(hosts, settings));
  const counts = priorities.map((hosts) => hosts.length);
  const holders = counts.map((count, at) => count > 0 && panic[at]!);
  if (sum(counts) === 0) return priorities.map(() => ({ healthy: 0, degraded: 0, panic: false }));
  // All of them in panic: by their size. None has anything that is available: likewise.
  if (total === 0 || counts.every((count, at) => count === 0 || holders[at]!)) {
    return spread(counts.map((count) => (count * 100) / sum(counts))).map((load, at) => ({
      healthy: load,
      degraded: 0,
      panic: panic[at]!,
    }));
  }
  const shares = distribute(healthy, degraded, total);
  return shares.map((share, at) => ({ ...share, panic: panic[at]! }));
}

function availability(hosts: readonly BalanceHost[], health: Health, settings: PrioritySettings): number {
  const count = hosts.filter((host) => host.endpoint.health === health).length;
  const counted = countedHosts(hosts);
  return counted === 0 ? 0 : Math.min(100, Math.floor((settings.overprovisioningPercent * count) / counted));
}

/** Hosts that are draining are no loss to anyone. */
function countedHosts(hosts: readonly BalanceHost[]): number {
  return hosts.filter(({ endpoint }) => endpoint.health !== 'draining').length;
}

function isInPanic(hosts: readonly BalanceHost[], { healthyPanicPercent }: PrioritySettings): boolean {
  const counted = countedHosts(hosts);
  if (counted === 0) return healthyPanicPercent > 0;
  const available = hosts.filter(({ endpoint: { health } }) => health === 'healthy' || health === 'degraded').length;
  return (100 * available) / counted < Math.min(100, healthyPanicPercent);
}

/** Healthy hosts of all priorities first, in order, then degraded ones; what rounding leaves goes to the first that has any. */
function distribute(
  healthy: readonly number[],
  degraded: readonly number[],
  total: number,
): Omit<PriorityLoad, 'panic'>[] {
  let left = 100;
  const take = (available: readonly number[]): number[] =>
    available.map((value) => {
      const share = Math.min(left, Math.floor((value * 100) / total));
      left -= share;
      return share;
    });
  const healthyShares = take(healthy);
  const degradedShares = take(degraded);
  const first = healthy.findIndex((value) => value > 0);
  if (left > 0 && first >= 0) healthyShares[first]! += left;
  else if (left > 0) degradedShares[degraded.findIndex((value) => value > 0)]! += left;
  return healthyShares.map((share, at) => ({ healthy: share, degraded: degradedShares[at]! }));
}

/** Whole numbers whose sum is 100: the first that has any takes the rest. */
function spread(shares: readonly number[]): number[] {
  const whole = shares.map(Math.floor);
  const first = whole.findIndex((share) => share > 0);
  if (first >= 0) whole[first]! += 100 - sum(whole);
  return whole;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
