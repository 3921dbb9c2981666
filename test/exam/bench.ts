// The exam's bench: its topology in a mesh of `heddle up`, and a client inside each sending pod.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubernetesObject, Pod } from '../../src/lib/kubernetes.ts';
import { Mesh } from '../kit/mesh.ts';
import { PodClient } from '../kit/pod-client.ts';
import { examFolder } from './case.ts';

export class Bench {
  readonly mesh: Mesh;
  readonly #folder: string;
  readonly #clients = new Map<string, PodClient>();
  readonly #pods: readonly Pod[];
  readonly #services: readonly KubernetesObject[];

  private constructor(mesh: Mesh, folder: string, pods: readonly Pod[], services: readonly KubernetesObject[]) {
    this.mesh = mesh;
    this.#folder = folder;
    this.#pods = pods;
    this.#services = services;
  }

  static async start(proxy: string): Promise<Bench> {
    const exam = examFolder();
    const folder = mkdtempSync(join(tmpdir(), 'heddle-exam-'));
    const images = join(folder, 'images.yaml');
    writeFileSync(images, `exam/echo:\n  workdir: ${JSON.stringify(join(exam, 'echo'))}\n  command: [node, echo.js]\n`);
    const topology = join(exam, 'topology');
    const args = ['--proxy', proxy, '--images', images, '--no-gateway', '--publish', 'none'];
    args.push(
      '--mesh-config',
      join(topology, 'mesh-config.yaml'),
      join(topology, 'topology.yaml'),
      join(topology, 'extra.yaml'),
    );
    const mesh = await Mesh.start({ args });
    const pods = (await mesh.api.list('v1', 'Pod')) as Pod[];
    const services = await mesh.api.list('v1', 'Service');
    const bench = new Bench(mesh, folder, pods, services);
    await bench.#publishOutsideNames();
    return bench;
  }

  /** Names that stand for the world outside the mesh: an entry in the cluster's DNS, as an administrator would make it. */
  async #publishOutsideNames(): Promise<void> {
    const [outside, old] = [this.addressOf('legacy/outside'), this.addressOf('legacy/old-v1')];
    const hosts = `${outside} outside.exam.test a.wild.exam.test\n${old} second.exam.test b.wild.exam.test\n`;
    const { status, body } = await this.mesh.api.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'heddle-dns', namespace: 'kube-system' },
      data: { hosts },
    });
    if (status !== 201) throw new Error(`the DNS entries were refused: ${JSON.stringify(body)}`);
  }

  /** Pods of `namespace/deployment`, or of a deployment by its name alone. */
  #podsOf(deployment: string): Pod[] {
    const [name = '', namespace] = deployment.split('/').toReversed();
    const found = this.#pods.filter(
      ({ metadata }) =>
        metadata.name.startsWith(`${name}-`) && (namespace === undefined || metadata.namespace === namespace),
    );
    if (found.length === 0) throw new Error(`no pod of ${deployment}`);
    return found;
  }

  addressOf(deployment: string): string {
    // `shop/cart` is named both as deployment and as headless service; its first pod is meant.
    const address = this.#podsOf(deployment).toSorted((a, b) => a.metadata.name.localeCompare(b.metadata.name))[0]!
      .status?.podIP;
    if (address === undefined) throw new Error(`${deployment} has no address`);
    return address;
  }

  serviceAddress(name: string): string {
    const service = this.#services.find(({ metadata }) => `${metadata.namespace}/${metadata.name}` === name);
    return String((service?.['spec'] as { clusterIP?: string } | undefined)?.clusterIP);
  }

  /** Fills `@IP(...)@` and `@VIP(...)@` in anything that is plain data. */
  resolve<T>(value: T): T {
    const text = JSON.stringify(value)
      .replace(/@IP\(([^)]+)\)@/g, (_, name: string) => this.addressOf(name))
      .replace(/@VIP\(([^)]+)\)@/g, (_, name: string) => this.serviceAddress(name));
    return JSON.parse(text) as T;
  }

  client(deployment: string): PodClient {
    let client = this.#clients.get(deployment);
    if (!client) {
      const { name, namespace } = this.#podsOf(deployment)[0]!.metadata;
      client = new PodClient(this.mesh, `${namespace}/${name}`);
      this.#clients.set(deployment, client);
    }
    return client;
  }

  /** How many requests with this id reached a deployment, over all its pods. */
  async hits(deployment: string, id: string): Promise<number> {
    const counts = this.#podsOf(deployment).map(async (pod) => {
      const url = `http://${pod.status?.podIP}:9999/hits?id=${id}`;
      const [outcome] = await this.client('legacy/legacy-client').send({ request: { url } }, 'count');
      if (outcome?.body === undefined) throw new Error(`${url}: ${outcome?.error}`);
      return (JSON.parse(outcome.body) as { hits: number }).hits;
    });
    return (await Promise.all(counts)).reduce((sum, hits) => sum + hits, 0);
  }

  async stop(): Promise<void> {
    for (const client of this.#clients.values()) client.close();
    await this.mesh.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
