// The proxy's configuration over its life: what the control plane sends goes, resource by resource, through decoding into force.
// What is refused leaves the last good one. The order is Envoy's: listeners are asked for once the first clusters are warm, routes
// once a listener names them; an update of clusters is acknowledged when the new ones are warm.
import {
  type Decoded,
  decodeCluster,
  decodeListener,
  decodeLoadAssignment,
  decodeRouteConfiguration,
} from '../../decide/config/decode-resource.ts';
import type { ListenerConfig } from '../../decide/config/listener.ts';
import { RouteChooser } from '../../decide/route/choose-route.ts';
import { formatIssue } from '../../lib/issue.ts';
import { describeError } from '../../lib/mesh-error.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { ClusterSet } from '../cluster/cluster-set.ts';
import type { ListenerSet } from '../listener/listener-set.ts';
import { AdsClient, type NodeIdentity } from './ads-client.ts';
import { reportMishap } from '../mishaps.ts';
import type { UpdateStats } from './update-stats.ts';
import type { RawResource, Refusals, ResourceKind, Update } from './resource-types.ts';
import { SavedConfig, type SavedResources } from './saved-config.ts';

export interface ConfigClientOptions {
  readonly address: string;
  readonly node: NodeIdentity;
  /** For last good; a folder of the pod's own. */
  readonly dataFolder: string;
  readonly stats: UpdateStats;
  readonly log: Logger;
}

/** A control plane that has not answered by then counts as absent: what was saved is taken. */
const savedAfterMs = 1500;

/** A resource in force, as it came, for `/config_dump`. */
export interface Accepted extends RawResource {
  readonly updatedAtMs: number;
}

export class ConfigClient {
  readonly #options: ConfigClientOptions;
  readonly #clusters: ClusterSet;
  readonly #ads: AdsClient;
  readonly #saved: SavedConfig;
  readonly #routes = new Map<string, RouteChooser>();
  readonly #accepted: Readonly<Record<ResourceKind, Map<string, Accepted>>> = {
    cluster: new Map(),
    endpoint: new Map(),
    listener: new Map(),
    route: new Map(),
  };
  readonly #whenWarm: (() => void)[] = [];
  #listeners: ListenerSet | undefined;
  #hasClusters = false;
  #hasListeners = false;
  #isWhole = false;
  #savedTimer: NodeJS.Timeout | undefined;
  /** The update before. It never rejects. */
  #applying: Promise<unknown> = Promise.resolve();

  constructor(clusters: ClusterSet, options: ConfigClientOptions) {
    this.#options = options;
    this.#clusters = clusters;
    this.#saved = new SavedConfig(options.dataFolder, options.log);
    this.#ads = new AdsClient({
      address: options.address,
      node: options.node,
      log: options.log,
      onUpdate: (kind, update, answer) => this.#onUpdate(kind, update, answer),
      onConnected: (connected) => options.stats.connected(connected),
    });
  }

  /** The newest of that name. */
  routes(name: string): RouteChooser | undefined {
    return this.#routes.get(name);
  }

  hasRoutes(name: string): boolean {
    return this.#routes.has(name);
  }

  accepted(kind: ResourceKind): ReadonlyMap<string, Accepted> {
    return this.#accepted[kind];
  }

  start(listeners: ListenerSet): void {
    this.#listeners = listeners;
    this.#ads.start('cluster');
    this.#ads.start('endpoint');
    this.#ads.connect();
    this.#savedTimer = setTimeout(() => void this.#loadSaved().catch(reportMishap), savedAfterMs).unref();
  }

  /** Called by the cluster set: none warms any more. */
  clustersWarm(): void {
    if (this.#hasClusters) this.#ads.start('listener');
    for (const answer of this.#whenWarm.splice(0)) answer();
  }

  #onUpdate(kind: ResourceKind, update: Update, answer: (refusals: Refusals) => void): void {
    clearTimeout(this.#savedTimer);
    const cameAt = performance.now();
    const applied = this.#applied(kind, update).then((refusals) => {
      this.#count(kind, update, refusals, performance.now() - cameAt);
      this.#onApplied(kind, refusals, answer);
    });
    applied.catch((error: unknown) => {
      reportMishap(error);
      // Without an answer to this update the control plane would send no other.
      this.#ads.reopen();
    });
  }

  #count(kind: ResourceKind, update: Update, refusals: Refusals, tookMs: number): void {
    const { stats } = this.#options;
    if (kind === 'route') stats.routesUpdated(update, refusals, tookMs);
    else if (kind !== 'endpoint') stats.updated(kind, refusals, tookMs);
  }

  #onApplied(kind: ResourceKind, refusals: Refusals, answer: (refusals: Refusals) => void): void {
    if (kind !== 'cluster' || this.#clusters.warming.length === 0) answer(refusals);
    else this.#whenWarm.push(() => answer(refusals));
    this.#save();
  }

  /** A first configuration is not saved before it is there as a whole: it would take the place of one that was. */
  #save(): void {
    this.#isWhole ||= this.#hasListeners && this.#listeners!.warming.length === 0;
    if (this.#isWhole) this.#saved.save(() => this.#accepted);
  }

  /** One after the other, whether or not the control plane waits: listeners take a while to bind their ports. */
  #applied(kind: ResourceKind, update: Update): Promise<Refusals> {
    const applied = this.#applying.then(() => this.#applyOrRefuse(kind, update));
    this.#applying = applied;
    return applied;
  }

  /** Resources at which we fail are refused: what was in force stays. */
  async #applyOrRefuse(kind: ResourceKind, update: Update): Promise<Refusals> {
    try {
      return await this.#apply(kind, update);
    } catch (error) {
      reportMishap(error);
      return new Map(update.resources.map(({ name }) => [name, `internal error: ${describeError(error)}`]));
    }
  }

  async #apply(kind: ResourceKind, update: Update): Promise<Refusals> {
    switch (kind) {
      case 'cluster':
        return this.#applyClusters(update);
      case 'endpoint':
        return this.#applyEndpoints(update);
      case 'listener':
        return this.#applyListeners(update);
      case 'route':
        return this.#applyRoutes(update);
    }
  }

  #applyClusters(update: Update): Refusals {
    const refusals = this.#each('cluster', update, decodeCluster, (config) => this.#clusters.set(config));
    for (const name of update.removed) this.#clusters.remove(name);
    this.#ads.want('endpoint', this.#clusters.assignmentNames);
    this.#clusters.forgetAssignments();
    this.#hasClusters = true;
    if (this.#clusters.warming.length === 0) this.clustersWarm();
    return refusals;
  }

  #applyEndpoints(update: Update): Refusals {
    const refusals = this.#each('endpoint', update, decodeLoadAssignment, (assignment, { name }) =>
      this.#clusters.assign(name, assignment),
    );
    for (const name of refusals.keys()) this.#clusters.refused(name);
    for (const name of update.removed) this.#clusters.assign(name, undefined);
    return refusals;
  }

  async #applyListeners(update: Update): Promise<Refusals> {
    const listeners = this.#listeners!;
    const bound: Promise<unknown>[] = [];
    const refusals = new Map<string, string>();
    const set = (config: ListenerConfig): void => {
      const failed = (error: unknown): void => void refusals.set(config.name, describeError(error));
      bound.push(listeners.set(config).catch(failed));
    };
    // What goes frees its port for what comes.
    for (const name of update.removed) listeners.remove(name);
    for (const [name, why] of this.#each('listener', update, decodeListener, set)) refusals.set(name, why);
    this.#hasListeners = true;
    this.#ads.start('route');
    this.#wantRoutes();
    await Promise.all(bound);
    return refusals;
  }

  #wantRoutes(): void {
    const wanted = this.#listeners!.wantedRoutes;
    const names = new Set(wanted.keys());
    this.#options.stats.wantRoutes(wanted);
    this.#ads.want('route', names);
    for (const name of this.#routes.keys()) {
      if (names.has(name)) continue;
      this.#routes.delete(name);
      this.#accepted.route.delete(name);
    }
  }

  async #applyRoutes(update: Update): Promise<Refusals> {
    const refusals = this.#each('route', update, decodeRouteConfiguration, (config, { name }) =>
      this.#routes.set(name, new RouteChooser(config)),
    );
    // One that is said to be gone stays for as long as a listener asks for it, as with Envoy.
    await this.#listeners?.routesCame();
    return refusals;
  }

  #each<Config>(
    kind: ResourceKind,
    update: Update,
    decode: (bytes: Uint8Array) => Decoded<Config>,
    take: (config: Config, resource: RawResource) => void,
  ): Map<string, string> {
    const refusals = new Map<string, string>();
    for (const resource of update.resources) {
      const { value: config, issues } = decode(resource.bytes);
      if (config === undefined) {
        refusals.set(resource.name, issues.map(formatIssue).join('; '));
        continue;
      }
      take(config, resource);
      this.#accepted[kind].set(resource.name, { ...resource, updatedAtMs: Date.now() });
    }
    if (kind !== 'route' && kind !== 'endpoint') {
      for (const name of update.removed) this.#accepted[kind].delete(name);
    }
    return refusals;
  }

  async #loadSaved(): Promise<void> {
    const saved = await this.#saved.load();
    if (saved === undefined || this.#hasClusters) return;
    this.#options.log.warn('no control plane answers; the saved configuration is taken');
    await this.#takeSaved(saved);
  }

  /** In the order in which it would come. */
  async #takeSaved(saved: SavedResources): Promise<void> {
    for (const kind of ['endpoint', 'cluster', 'route', 'listener'] as const) {
      const update = { resources: [...saved[kind].values()], removed: [] };
      const startedAt = performance.now();
      const refusals = await this.#applied(kind, update);
      this.#ads.hold(kind, update, refusals);
      this.#count(kind, update, refusals, performance.now() - startedAt);
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#savedTimer);
    this.#ads.close();
    await this.#saved.close();
  }
}
