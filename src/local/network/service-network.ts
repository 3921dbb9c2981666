// Keeps the hub's NAT rules and DNS records equal to the Services and EndpointSlices in the API.
import type { ObjectStore } from '../../galley/api-server/object-store.ts';
import { describeError } from '../../lib/mesh-error.ts';
import { systemTools } from '../process/system-tools.ts';
import { buildZone } from './dns-zone.ts';
import type { HubHelperProcess } from './hub-helper-process.ts';
import type { HubNetwork } from './hub-network.ts';
import { printServiceRules, serviceRoutes } from './service-rules.ts';

/** The ConfigMap whose key `hosts` adds names to the cluster's DNS. */
export const extraHosts = { namespace: 'kube-system', name: 'heddle-dns' } as const;

export interface ServiceNetworkOptions {
  readonly store: ObjectStore;
  readonly hub: HubNetwork;
  readonly helper: HubHelperProcess;
  readonly clusterDomain: string;
  readonly report: (line: string) => void;
}

const settleMs = 5;

export class ServiceNetwork {
  readonly #options: ServiceNetworkOptions;
  readonly #unwatch: () => void;
  #timer: NodeJS.Timeout | undefined;
  #applying: Promise<void> | undefined;
  #rules = '';
  #zone = '';

  constructor(options: ServiceNetworkOptions) {
    this.#options = options;
    this.#unwatch = options.store.watch(
      ({ resource, object }) => {
        if (resource !== 'configmaps' || object.metadata.name === extraHosts.name) this.#soon();
      },
      ['services', 'endpointslices.discovery.k8s.io', 'configmaps'],
    );
    this.#soon();
  }

  async close(): Promise<void> {
    this.#unwatch();
    clearTimeout(this.#timer);
    await this.#applying;
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => {
      // One at a time: the newest rules are the last to be loaded.
      this.#applying = (this.#applying ?? Promise.resolve()).then(() => {
        this.#timer = undefined;
        return this.#apply();
      });
    }, settleMs);
  }

  async #apply(): Promise<void> {
    const { store, hub, helper, clusterDomain, report } = this.#options;
    const services = store.list('services');
    const slices = store.list('endpointslices.discovery.k8s.io');
    const extra = store.get('configmaps', extraHosts.namespace, extraHosts.name);
    const hosts = String(Reflect.get(Object(extra?.['data']), 'hosts') ?? '');
    const zone = buildZone({ domain: clusterDomain, services, slices, hosts });
    const zoneText = JSON.stringify(zone);
    if (zoneText !== this.#zone) {
      this.#zone = zoneText;
      helper.setZone(zone);
    }
    const rules = printServiceRules(serviceRoutes(services, slices));
    if (rules === this.#rules) return;
    try {
      await hub.run(rules, systemTools()['iptables-restore'], '--wait');
      this.#rules = rules;
    } catch (error) {
      report(`service addresses could not be updated, trying again: ${describeError(error)}`);
      setTimeout(() => this.#soon(), 500).unref();
    }
  }
}
