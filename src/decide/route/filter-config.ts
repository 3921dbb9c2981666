// What routes say about a filter of the chain.
import type { CorsPolicy } from '../config/cors.ts';
import type { FaultConfig } from '../config/fault.ts';
import type { PerFilterConfig, PerFilterConfigs } from '../config/http-filter.ts';
import type { HttpFilter } from '../config/http-filter.ts';
import type { ChosenRoute } from './choose-route.ts';
import type { ClusterChoice } from './choose-cluster.ts';

/** From the most specific to the least. */
function levels(chosen: ChosenRoute, cluster: ClusterChoice | undefined): (PerFilterConfigs | undefined)[] {
  return [cluster?.weighted?.perFilter, chosen.route.perFilter, chosen.virtualHost.perFilter, chosen.config.perFilter];
}

/** The most specific settings; undefined: the chain's own. */
export function filterConfig(
  filter: string,
  chosen: ChosenRoute,
  cluster: ClusterChoice | undefined,
): Exclude<PerFilterConfig, { kind: 'switch' }> | undefined {
  for (const level of levels(chosen, cluster)) {
    const config = level?.get(filter);
    if (config !== undefined && config.kind !== 'switch') return config;
  }
  return undefined;
}

export function isFilterDisabled(
  filter: HttpFilter,
  chosen: ChosenRoute | undefined,
  cluster: ClusterChoice | undefined,
): boolean {
  if (chosen === undefined) return filter.disabled;
  for (const level of levels(chosen, cluster)) {
    const config = level?.get(filter.name);
    if (config !== undefined) return config.kind === 'switch' ? config.disabled : false;
  }
  return filter.disabled;
}

/** The route's fault instead of the chain's. */
export function faultConfig(
  filter: Extract<HttpFilter, { kind: 'fault' }>,
  chosen: ChosenRoute | undefined,
  cluster: ClusterChoice | undefined,
): FaultConfig {
  const config = chosen && filterConfig(filter.name, chosen, cluster);
  return config?.kind === 'fault' ? config.config : filter.config;
}

/** All of them: what one does not say is taken from the next. None where nothing is forwarded. */
export function corsPolicies(
  filter: string,
  chosen: ChosenRoute | undefined,
  cluster: ClusterChoice | undefined,
): readonly CorsPolicy[] {
  if (chosen?.route.action.kind !== 'forward') return [];
  return levels(chosen, cluster).flatMap((level) => {
    const config = level?.get(filter);
    return config?.kind === 'cors' ? [config.config] : [];
  });
}
