// Answers what a resource may refer to, for the warnings about references that lead nowhere.
import { labelsInclude } from '../lib/labels.ts';
import type { MeshModel } from '../model/mesh-model.ts';
import { isExportedTo, type Service } from '../model/service.ts';
import type { KnownResources } from './kinds/kind.ts';

/** Indexes are built once for a model, on the first question that needs them. */
export function knownResources(model: MeshModel): KnownResources {
  const services = lazy(() => Map.groupBy(model.services, (service) => service.hostname));
  const subsets = lazy(() => subsetsByHost(model));
  const gateways = lazy(() => new Set(model.gateways.map(({ namespace, name }) => `${namespace}/${name}`)));
  const tables = lazy(() => new Set(model.routeTables.map(({ namespace, name }) => `${namespace}/${name}`)));
  const covering = (hostname: string): readonly Service[] =>
    wildcardsOf(hostname).flatMap((host) => services().get(host) ?? []);
  return {
    hasHost: (hostname, fromNamespace) =>
      covering(hostname).some(({ exportTo }) => isExportedTo(exportTo, fromNamespace)),
    portsOf: (hostname) => new Set(covering(hostname).flatMap((service) => service.ports.map(({ number }) => number))),
    subsetsOf: (hostname) => new Set(wildcardsOf(hostname).flatMap((host) => subsets().get(host) ?? [])),
    hasGateway: (namespace, name) => gateways().has(`${namespace}/${name}`),
    hasRouteTable: (namespace, name) => tables().has(`${namespace}/${name}`),
    hasWorkload: (namespace, labels) =>
      model.workloads.some(
        (workload) => (namespace === '*' || namespace === workload.namespace) && labelsInclude(workload.labels, labels),
      ),
  };
}

function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function subsetsByHost(model: MeshModel): Map<string, string[]> {
  const byHost = new Map<string, string[]>();
  for (const { host, subsets } of model.destinationPolicies) {
    byHost.set(host, [...(byHost.get(host) ?? []), ...subsets.map(({ name }) => name)]);
  }
  return byHost;
}

/** `a.b.c`, `*.b.c`, `*.c`, `*`: the host itself and every wildcard that covers it. */
function wildcardsOf(hostname: string): string[] {
  const labels = hostname.replace(/^\*\.?/, '').split('.');
  const wildcards = labels.map((_, index) => ['*', ...labels.slice(index + 1)].join('.'));
  return [...new Set([hostname, ...wildcards])];
}
