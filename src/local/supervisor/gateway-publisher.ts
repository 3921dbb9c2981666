// Publishes the ingress gateway on the host: opens the ports, and keeps the hub's forwarder told where the gateway's pods are.
import type { Server } from 'node:net';
import type { ObjectStore } from '../../galley/api-server/object-store.ts';
import type { KubernetesObject } from '../../lib/kubernetes.ts';
import type { HubHelperProcess } from '../network/hub-helper-process.ts';
import type { Target } from '../network/hub-messages.ts';
import { serviceRoutes } from '../network/service-rules.ts';
import { openPublished } from './published-port.ts';
import type { PublishedPort } from './up-options.ts';

export class GatewayPublisher {
  readonly #store: ObjectStore;
  readonly #helper: HubHelperProcess;
  readonly #ports: readonly PublishedPort[];
  readonly #unwatch: () => void;
  #timer: NodeJS.Timeout | undefined;
  #told = new Map<string, string>();

  constructor(store: ObjectStore, helper: HubHelperProcess, ports: readonly PublishedPort[]) {
    this.#store = store;
    this.#helper = helper;
    this.#ports = ports;
    this.#unwatch = store.watch(() => {
      this.#timer ??= setTimeout(() => this.#tell(), 5);
    }, ['services', 'endpointslices.discovery.k8s.io']);
  }

  /** `sockets` are the ports' listening sockets; should the helper die, they are opened anew. */
  async open(sockets: readonly Server[]): Promise<void> {
    for (const [index, port] of this.#ports.entries()) {
      const given = [sockets[index]];
      await this.#helper.publish(port.text, async () => given.pop() ?? (await openPublished(port)));
    }
    this.#tell();
  }

  /** Every published port leads to a pod that is ready, if there is a gateway at all. */
  get reachable(): boolean {
    if (!this.#store.list('services').some(selectsGateway)) return true;
    return this.#ports.every((port) => this.#targets(port).length > 0);
  }

  close(): void {
    this.#unwatch();
    clearTimeout(this.#timer);
  }

  #tell(): void {
    this.#timer = undefined;
    for (const port of this.#ports) {
      const targets = this.#targets(port);
      const text = JSON.stringify(targets);
      if (this.#told.get(port.text) === text) continue;
      this.#told.set(port.text, text);
      this.#helper.setTargets(port.text, targets);
    }
  }

  #targets({ servicePort }: PublishedPort): readonly Target[] {
    const services = this.#store.list('services').filter(selectsGateway);
    const routes = serviceRoutes(services, this.#store.list('endpointslices.discovery.k8s.io'));
    return routes.filter(({ port }) => port === servicePort).flatMap(({ targets }) => targets);
  }
}

function selectsGateway(service: KubernetesObject): boolean {
  const spec: { selector?: Record<string, string> } = { ...Object(service['spec']) };
  return spec.selector?.['istio'] === 'ingressgateway';
}
