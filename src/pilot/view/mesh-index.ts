// What is computed once per model: merged route tables, services by host, policies, and the labels that matter to anybody.
import type { MeshModel } from '../../model/mesh-model.ts';
import type { RouteTable } from '../../model/route-table.ts';
import type { Service } from '../../model/service.ts';
import { mergeDelegates } from './delegates.ts';
import { createDestinationIndex } from './destination-index.ts';
import type { DestinationIndex } from './destination-index.ts';
import { visibleTo } from './visibility.ts';

export interface MeshIndex {
  readonly model: MeshModel;
  readonly destinations: DestinationIndex;
  /** By hostname, then by namespace: the oldest of each. */
  readonly servicesByHost: ReadonlyMap<string, ReadonlyMap<string, Service>>;
  /** Proxies of one namespace that agree on these labels see the same. */
  readonly relevantLabels: ReadonlySet<string>;
  /** Services that a namespace may see, its own private ones first; the same hostname may occur several times. */
  servicesFor(namespace: string): readonly Service[];
  /** Route tables bound to `mesh` or to a gateway (`namespace/name`) that a namespace may see, in order of precedence. */
  routeTablesFor(namespace: string, gateway: string): readonly RouteTable[];
}

export function createMeshIndex(model: MeshModel): MeshIndex {
  const tables = mergeDelegates(model.routeTables);
  const services = new Map<string, readonly Service[]>();
  const routeTables = new Map<string, readonly RouteTable[]>();
  return {
    model,
    destinations: createDestinationIndex(model.destinationPolicies, model.settings.rootNamespace),
    servicesByHost: groupServices(model.services),
    relevantLabels: collectLabels(model, tables),
    servicesFor: (namespace) => remember(services, namespace, () => visibleTo(model.services, namespace)),
    routeTablesFor: (namespace, gateway) =>
      remember(routeTables, `${namespace} ${gateway}`, () =>
        visibleTo(
          tables.filter((table) => table.gateways.includes(gateway)),
          namespace,
        ),
      ),
  };
}

function remember<T>(cache: Map<string, T>, key: string, compute: () => T): T {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const value = compute();
  cache.set(key, value);
  return value;
}

function groupServices(services: readonly Service[]): Map<string, Map<string, Service>> {
  const byHost = new Map<string, Map<string, Service>>();
  for (const service of services) {
    const byNamespace = byHost.get(service.hostname) ?? new Map<string, Service>();
    byHost.set(service.hostname, byNamespace);
    const known = byNamespace.get(service.namespace);
    const displaces = known?.registry === 'external' && service.registry === 'kubernetes';
    if (known === undefined || displaces) byNamespace.set(service.namespace, service);
  }
  return byHost;
}

function collectLabels(model: MeshModel, tables: readonly RouteTable[]): Set<string> {
  const found = new Set<string>();
  const add = (selector: Readonly<Record<string, string>> | undefined): void => {
    for (const key of Object.keys(selector ?? {})) found.add(key);
  };
  for (const scope of model.sidecarScopes) add(scope.workloadSelector);
  for (const policy of model.destinationPolicies) add(policy.workloadSelector);
  for (const gateway of model.gateways) add(gateway.selector);
  for (const table of tables) {
    for (const rule of [...table.http, ...table.tls, ...table.tcp]) {
      for (const match of rule.matches) add(match.sourceLabels);
    }
  }
  return found;
}
