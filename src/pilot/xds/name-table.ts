// NDS: the names that a workload may ask for, and the addresses that its DNS proxy answers with.
import { create } from '@bufbuild/protobuf';
import { type NameTable, NameTableSchema } from '../../proto/gen/nds_pb.ts';
import type { Endpoint, Service } from '../../model/service.ts';
import type { Printer } from '../print-cache.ts';
import type { ProxyView } from '../proxy-view.ts';
import type { ViewClass } from '../view/view-class.ts';
import { endpointsOf } from './endpoint/service-endpoints.ts';
import { isAddress } from './service-address.ts';

export interface NameTableSlice {
  /** In the order of the names. */
  readonly names: readonly NameEntry[];
}

interface NameEntry {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly registry: 'Kubernetes' | 'External';
  readonly shortName: string;
  readonly namespace: string;
}

export const nameTablePrinter: Printer<NameTableSlice, typeof NameTableSchema> = {
  schema: NameTableSchema,
  nameOf: () => 'name-table',
  print: (slice): NameTable =>
    create(NameTableSchema, {
      table: Object.fromEntries(
        slice.names.map(({ name, addresses, registry, shortName, namespace }) => [
          name,
          { ips: [...addresses], registry, shortname: shortName, namespace },
        ]),
      ),
    }),
};

const tables = new WeakMap<ViewClass, NameTableSlice>();

/** The same object for all proxies of a class. */
export function nameTableSlice(view: ProxyView): NameTableSlice {
  const known = tables.get(view.class) ?? composeTable(view.class);
  tables.set(view.class, known);
  return known;
}

/** A service with an address answers with it; one without, with its pods, each of which may have a name of its own. */
function composeTable(view: ViewClass): NameTableSlice {
  const names = new Map<string, NameEntry>();
  for (const service of view.services) {
    const addresses = service.addresses.filter(isAddress);
    if (addresses.length > 0) names.set(service.hostname, serviceEntry(service, addresses));
    else if (service.addresses.length === 0 && service.resolution === 'passthrough') addPods(names, view, service);
  }
  const sorted = [...names.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { names: sorted };
}

function addPods(names: Map<string, NameEntry>, view: ViewClass, service: Service): void {
  const [port] = service.ports;
  if (port === undefined) return;
  const pods = endpointsOf(view.index.model, service, port).filter(({ address }) => isAddress(address));
  if (pods.length === 0) return;
  names.set(service.hostname, serviceEntry(service, [...new Set(pods.map(({ address }) => address))]));
  for (const pod of pods) {
    const entry = podEntry(service, pod);
    if (entry !== undefined) names.set(entry.name, entry);
  }
}

/** The agent completes short names of Kubernetes services (`a`, `a.ns`, `a.ns.svc`) by itself. */
function serviceEntry(service: Service, addresses: readonly string[]): NameEntry {
  const kubernetes = service.registry === 'kubernetes';
  return {
    name: service.hostname,
    addresses,
    registry: kubernetes ? 'Kubernetes' : 'External',
    shortName: kubernetes ? service.name : '',
    namespace: kubernetes ? service.namespace : '',
  };
}

/** `mysql-0.mysql.shop.svc.cluster.local`, for a pod that names this service as its subdomain. */
function podEntry(service: Service, { hostname = '', address }: Endpoint): NameEntry | undefined {
  if (service.registry !== 'kubernetes' || hostname === '') return undefined;
  return {
    ...serviceEntry(service, [address]),
    name: `${hostname}.${service.hostname}`,
    shortName: `${hostname}.${service.name}`,
  };
}
