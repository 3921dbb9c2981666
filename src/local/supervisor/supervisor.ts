// `heddle up`: starts the API, the controllers, the control plane, the hub and the pods of one mesh, and ends them cleanly.
import { existsSync, readFileSync } from 'node:fs';
import type { Server } from 'node:net';
import type { ApiServer } from '../../galley/api-server/api-server.ts';
import { describeError } from '../../lib/mesh-error.ts';
import { startControllers } from '../controllers/start-controllers.ts';
import { loadImages } from '../images/image-table.ts';
import type { ImageTable } from '../images/image-table.ts';
import { AddressPool, parseRange } from '../network/address-range.ts';
import { HubHelperProcess } from '../network/hub-helper-process.ts';
import { HubNetwork } from '../network/hub-network.ts';
import { ServiceNetwork } from '../network/service-network.ts';
import { invokingUser } from '../pods/container-user.ts';
import { rotateLogs } from '../pods/log-rotation.ts';
import { podKey } from '../pods/pod-context.ts';
import { PodRuntime } from '../pods/pod-runtime.ts';
import { identify } from '../process/process-identity.ts';
import { StateFolder } from '../state/state-folder.ts';
import { checkRanges } from './address-check.ts';
import { ClosingStack } from './closing-stack.ts';
import { ControlPlaneProcess } from './control-plane-process.ts';
import { GatewayPublisher } from './gateway-publisher.ts';
import { removeLeftovers } from './leftovers.ts';
import type { ManifestApplier } from './manifest-applier.ts';
import { readManifests } from './manifests.ts';
import { forgetOldPods, openMeshApi } from './mesh-api.ts';
import * as objects from './mesh-objects.ts';
import { defaultEnvoy, ensureEnvoyBinary, preparePodFiles } from './pod-files.ts';
import { openPublished, publishedUrl } from './published-port.ts';
import { untilReady } from './readiness.ts';
import { clusterDomain, rootNamespace } from './up-options.ts';
import type { UpOptions } from './up-options.ts';
import type { UpReport } from './up-report.ts';

/** How long pods have to end by themselves when the mesh ends. */
const drainMs = 5_000;

interface Network {
  readonly hub: HubNetwork;
  readonly helper: HubHelperProcess;
}

export class Supervisor {
  readonly #options: UpOptions;
  readonly #report: UpReport;
  readonly #state: StateFolder;
  readonly #owner = invokingUser();
  readonly #closing: ClosingStack;
  readonly #ending = new AbortController();
  readonly #startedAt = performance.now();
  #network: Network | undefined;
  #runtime: PodRuntime | undefined;
  #controlPlane: ControlPlaneProcess | undefined;
  #apiPort = 0;

  constructor(options: UpOptions, report: UpReport) {
    this.#options = options;
    this.#report = report;
    this.#state = new StateFolder(options.state);
    this.#closing = new ClosingStack((error) => report.trouble(describeError(error)));
  }

  /** Resolves when the mesh is ready, or as ready as it gets. After it has thrown, `close` still has to be called. */
  async start(): Promise<void> {
    const report = this.#report;
    await this.#takeState();
    const images = loadImages(this.#options.images);
    const inputs = { options: this.#options, state: this.#state, images, report, closing: this.#closing };
    const applier = await readManifests(inputs);
    await checkRanges(this.#options.podCidr, this.#options.serviceCidr);
    const sockets = await this.#openPorts();
    const { proxy, envoy } = this.#options;
    // A path that was given is wanted, even if only for some pods.
    if (proxy === 'envoy' || envoy !== defaultEnvoy()) ensureEnvoyBinary(envoy, (line) => report.step(line));
    const api = await this.#startApi();
    const network = await this.#startNetwork(api);
    const runtime = this.#runPods(api, network, images);
    await this.#applyAll(api, applier);
    const publisher = await this.#publish(api, network.helper, sockets);
    this.#writeRecord();
    const pods = runtime.workers.length;
    report.step(
      `${pods} ${pods === 1 ? 'pod is' : 'pods are'} starting; state, API token and logs: ${this.#state.path}`,
    );
    await this.#untilReady(runtime, publisher);
  }

  /** Drains the pods, ends every process, and leaves nothing but the API's state and the logs. */
  close(): Promise<void> {
    this.#ending.abort();
    return this.#closing.close();
  }

  /** Lets no pod end by itself any more. */
  hurry(): void {
    for (const worker of this.#runtime?.workers ?? []) worker.kill();
  }

  async #takeState(): Promise<void> {
    this.#state.prepare(this.#owner);
    const lock = await this.#state.lock();
    this.#closing.add(() => void lock.close());
    this.#closing.add(() => this.#state.removeRecord());
    const left = await removeLeftovers(this.#state);
    if (left > 0) this.#report.step(`removed what an earlier run had left (${left} processes)`);
    this.#closing.add(rotateLogs(this.#state.logs));
    // From here on `heddle down` finds us.
    this.#writeRecord();
  }

  /** Before anything else is started: a taken port is the most common reason to give up. */
  async #openPorts(): Promise<Server[]> {
    const sockets: Server[] = [];
    for (const port of this.#options.publish) {
      const server = await openPublished(port);
      sockets.push(server);
      this.#closing.add(() => void server.close());
    }
    return sockets;
  }

  async #startApi(): Promise<ApiServer> {
    const warn = (line: string): void => this.#report.trouble(line);
    const inputs = { state: this.#state, options: this.#options, owner: this.#owner, warn };
    const { api, port } = await openMeshApi(inputs);
    this.#closing.add(() => api.close());
    this.#apiPort = port;
    const { meshConfig, inject, serviceCidr } = this.#options;
    forgetOldPods(api.store);
    objects.labelDefaultNamespace(api.store, inject);
    objects.ensureNamespace(api.store, rootNamespace, inject);
    objects.ensureMeshConfig(api.store, meshConfig === undefined ? undefined : readFileSync(meshConfig, 'utf8'));
    objects.ensureDnsService(api.store, serviceCidr);
    const onStart = (): void => this.#writeRecord();
    this.#controlPlane = new ControlPlaneProcess({ state: this.#state, owner: this.#owner, report: warn, onStart });
    const controlPlane = this.#controlPlane;
    this.#closing.add(() => controlPlane.close());
    controlPlane.start();
    return api;
  }

  async #startNetwork({ store }: ApiServer): Promise<Network> {
    const report = (line: string): void => this.#report.trouble(line);
    const { serviceCidr } = this.#options;
    const hub = await HubNetwork.create(serviceCidr);
    this.#closing.add(() => hub.close());
    const helper = new HubHelperProcess({ hub, dnsAddress: objects.dnsAddress(serviceCidr), log: report });
    this.#closing.add(() => helper.close());
    await helper.start();
    const services = new ServiceNetwork({ store, hub, helper, clusterDomain, report });
    this.#closing.add(() => services.close());
    this.#network = { hub, helper };
    return this.#network;
  }

  #runPods({ store }: ApiServer, network: Network, images: ImageTable): PodRuntime {
    const { podCidr, serviceCidr, envoy } = this.#options;
    const files = preparePodFiles({ state: this.#state, images, ...(existsSync(envoy) ? { envoy } : {}) });
    const runtime = new PodRuntime(store, {
      ...network,
      ...files,
      images,
      state: this.#state,
      addresses: new AddressPool(parseRange(podCidr)),
      dnsAddress: objects.dnsAddress(serviceCidr),
      clusterDomain,
      report: (pod, line) => this.#report.trouble(`pod ${podKey(pod)}: ${line}`),
    });
    this.#runtime = runtime;
    this.#closing.add(() => runtime.close(drainMs));
    return runtime;
  }

  /** Resolves when the controllers have made pods of it all. */
  async #applyAll({ store }: ApiServer, applier: ManifestApplier): Promise<void> {
    const onError = (controller: string, key: string, error: unknown): void =>
      this.#report.trouble(`${controller} ${key}: ${describeError(error)}`);
    const controllers = startControllers({ store, onError });
    this.#closing.add(() => controllers.close());
    applier.open(store, this.#options.paths.length === 0);
    this.#closing.add(() => applier.close());
    objects.ensureGateway(store, this.#options.gateway);
    await controllers.idle();
  }

  async #publish({ store }: ApiServer, helper: HubHelperProcess, sockets: Server[]): Promise<GatewayPublisher> {
    const publisher = new GatewayPublisher(store, helper, this.#options.publish);
    this.#closing.add(() => publisher.close());
    await publisher.open(sockets);
    return publisher;
  }

  async #untilReady(runtime: PodRuntime, publisher: GatewayPublisher): Promise<void> {
    const { publish, tryNext, state, readyTimeoutMs } = this.#options;
    const notReady = await untilReady(
      {
        runtime,
        state: this.#state,
        report: this.#report,
        otherwiseReady: () => publisher.reachable,
        timeoutMs: readyTimeoutMs,
      },
      this.#ending.signal,
    );
    if (this.#ending.signal.aborted) return;
    this.#report.ready({
      seconds: (performance.now() - this.#startedAt) / 1000,
      pods: runtime.workers.length,
      notReady,
      urls: publish.map(publishedUrl),
      state,
      kubeconfig: this.#state.kubeconfig,
      tryNext,
    });
  }

  #writeRecord(): void {
    const self = identify(process.pid);
    if (self === undefined || this.#ending.signal.aborted) return;
    const pids = [this.#network?.hub.pid, this.#network?.helper.pid, this.#controlPlane?.identity?.pid];
    const record = {
      ...self,
      startedAt: new Date(Date.now() - process.uptime() * 1000).toISOString(),
      apiPort: this.#apiPort,
      children: pids.flatMap((pid) => (pid === undefined ? [] : (identify(pid) ?? []))),
      publish: this.#options.publish.map(({ text }) => text),
    };
    this.#state.writeRecord(record, this.#owner);
  }
}
