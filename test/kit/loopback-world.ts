// The exam's topology on loopback addresses, without interception: every pod's echo in this process, one real Envoy for each
// client, configured over ADS by Galley and Pilot. For what a sidecar's outbound side decides; nothing needs a namespace.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { parseAllDocuments } from 'yaml';
import { ConfigSet } from '../../src/galley/config-set.ts';
import { resourceIdOf } from '../../src/galley/resource-id.ts';
import { formatIssue } from '../../src/lib/issue.ts';
import type { KubernetesObject } from '../../src/lib/kubernetes.ts';
import { AdsServer } from '../../src/pilot/ads/ads-server.ts';
import { createGenerator } from '../../src/pilot/generate-resources.ts';
import { PrintCache } from '../../src/pilot/print-cache.ts';
import type { EncodedResource, GenerateResources, ProxyNode } from '../../src/pilot/proxy-resources.ts';
import { typeUrls } from '../../src/pilot/proxy-resources.ts';
import { envoyPath } from '../../scripts/envoy-peer.ts';
import { exam } from './shared.ts';
import { ListenerSchema } from '../../src/proto/gen/envoy/config/listener/v3/listener_pb.ts';
import { defaultMeshSettings } from '../../src/model/mesh-settings.ts';

export interface LoopbackPod {
  readonly name: string;
  readonly deployment: string;
  readonly namespace: string;
  readonly labels: Record<string, string>;
  readonly address: string;
}

interface Topology {
  readonly objects: readonly KubernetesObject[];
  readonly pods: readonly LoopbackPod[];
}

/** Reads the topology; Deployments become pods on 127.77.0.0/16, services get addresses on 127.66.0.0/16. */
export function readTopology(files: readonly string[]): Topology {
  const objects = files.flatMap((file) =>
    parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS() as KubernetesObject),
  );
  const pods: LoopbackPod[] = [];
  const kept: KubernetesObject[] = [];
  let vips = 0;
  for (const object of objects) {
    if (object.kind === 'Deployment') pods.push(...podsOf(object, pods.length));
    else if (object.kind === 'Service') {
      const spec = object['spec'] as { clusterIP?: string };
      if (spec.clusterIP === undefined) spec.clusterIP = `127.66.0.${++vips}`;
      kept.push(object);
    } else kept.push(object);
  }
  return { objects: [...kept, ...pods.map(podObject), ...slicesOf(kept, pods)], pods };
}

function podsOf(deployment: KubernetesObject, offset: number): LoopbackPod[] {
  const spec = deployment['spec'] as {
    replicas?: number;
    template: { metadata: { labels: Record<string, string> } };
  };
  return Array.from({ length: spec.replicas ?? 1 }, (_, index) => ({
    name: `${deployment.metadata.name}-${index}`,
    deployment: deployment.metadata.name,
    namespace: deployment.metadata.namespace ?? 'default',
    labels: spec.template.metadata.labels,
    address: `127.77.1.${offset + index + 1}`,
  }));
}

function podObject(pod: LoopbackPod): KubernetesObject {
  const { name, namespace, labels, address } = pod;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels },
    spec: { containers: [{ name: 'echo', image: 'exam/echo:1' }] },
    status: {
      phase: 'Running',
      podIP: address,
      podIPs: [{ ip: address }],
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  };
}

function slicesOf(objects: readonly KubernetesObject[], pods: readonly LoopbackPod[]): KubernetesObject[] {
  return objects.flatMap((object) => {
    if (object.kind !== 'Service') return [];
    const spec = object['spec'] as {
      selector?: Record<string, string>;
      ports: { name?: string; port: number; targetPort?: number }[];
    };
    const { name, namespace = 'default' } = object.metadata;
    const selected = pods.filter(
      (pod) =>
        pod.namespace === namespace &&
        spec.selector !== undefined &&
        Object.entries(spec.selector).every(([key, value]) => pod.labels[key] === value),
    );
    return [
      {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { name: `${name}-1`, namespace, labels: { 'kubernetes.io/service-name': name } },
        addressType: 'IPv4',
        ports: spec.ports.map((port) => ({
          name: port.name ?? '',
          port: port.targetPort ?? port.port,
          protocol: 'TCP',
        })),
        endpoints: selected.map((pod) => ({
          addresses: [pod.address],
          conditions: { ready: true, serving: true, terminating: false },
          targetRef: { kind: 'Pod', name: pod.name, namespace },
        })),
      },
    ];
  });
}

/** Runs the echoes of all pods in one process of its own, each with its own environment. */
function startEchoes(file: string, pods: readonly LoopbackPod[]): ChildProcess {
  const environments = pods.map((pod) => ({
    POD_NAME: pod.name,
    POD_NAMESPACE: pod.namespace,
    APP: pod.labels['app'] ?? pod.deployment,
    VERSION: pod.labels['version'] ?? 'v1',
    BIND: pod.address,
  }));
  const program = `
    const { readFileSync } = require('node:fs');
    const { createRequire } = require('node:module');
    const { dirname } = require('node:path');
    const { compileFunction } = require('node:vm');
    const file = ${JSON.stringify(file)};
    const run = compileFunction(readFileSync(file, 'utf8'), ['require', 'process', '__dirname']);
    for (const env of ${JSON.stringify(environments)}) run(createRequire(file), { env }, dirname(file));
  `;
  return spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'ignore', 'inherit'] });
}

export class LoopbackWorld {
  readonly pods: readonly LoopbackPod[];
  readonly config = new ConfigSet({ settings: { ...defaultMeshSettings, concurrency: 1 } });
  readonly #ads: AdsServer;
  readonly #echoes: ChildProcess;
  readonly #cache = new PrintCache();
  readonly #folder = mkdtempSync(join(tmpdir(), 'heddle-loopback-'));
  readonly #proxies = new Map<string, { child: ChildProcess; address: string }>();
  readonly #events: string[] = [];
  #generate: GenerateResources;
  #count = 0;

  constructor() {
    const files = ['topology.yaml', 'extra.yaml'].map((name) => join(exam, 'topology', name));
    const { objects, pods } = readTopology(files);
    this.pods = pods;
    for (const object of objects) this.apply(object);
    this.#echoes = startEchoes(join(exam, 'echo/echo.js'), pods);
    this.#generate = createGenerator(this.config.flush(), this.#cache);
    this.#ads = new AdsServer({
      generate: (proxy) => onLoopback(this.#generate, proxy, this.#addressOf(proxy)),
      report: (event) => this.#events.push(JSON.stringify(event)),
    });
  }

  async start(): Promise<this> {
    await this.#ads.listen({ path: join(this.#folder, 'xds.sock') });
    return this;
  }

  /** Problems of the document, one line each. */
  apply(object: KubernetesObject): string[] {
    return this.config
      .apply({ object, placeOf: () => ({ file: object.kind, line: 1, column: 1 }) })
      .filter(({ severity }) => severity === 'error')
      .map(formatIssue);
  }

  remove(object: KubernetesObject): void {
    const id = resourceIdOf(object);
    if (id !== undefined) this.config.delete(id);
  }

  /** Hands what was applied to the proxies and waits until each has answered. Returns what ADS reports, NACKs above all. */
  async push(): Promise<string[]> {
    this.#events.length = 0;
    this.#generate = createGenerator(this.config.flush(), this.#cache);
    this.#ads.push();
    await this.#ads.idle(AbortSignal.timeout(10_000));
    return this.#events.filter((event) => event.includes('nack'));
  }

  /** Address on which the sidecar (or gateway) of a deployment listens in place of 0.0.0.0. */
  async proxyOf(from: string): Promise<string> {
    const known = this.#proxies.get(from);
    if (known !== undefined) return known.address;
    const [namespace, deployment] = from.split('/');
    const pod = this.pods.find((each) => each.namespace === namespace && each.deployment === deployment);
    if (pod === undefined) throw new Error(`no pod of ${from}`);
    this.#count += 1;
    const address = `127.88.0.${this.#count}`;
    const bootstrap = join(this.#folder, `${this.#count}.json`);
    writeFileSync(bootstrap, JSON.stringify(this.#bootstrap(pod, address)));
    const log = join(this.#folder, `${this.#count}.log`);
    const child = spawn(
      envoyPath(),
      ['-c', bootstrap, '--use-dynamic-base-id', '--concurrency', '1', '--log-path', log, '-l', 'warning'],
      { stdio: 'ignore' },
    );
    this.#proxies.set(from, { child, address });
    await waitForAdmin(address, child, log);
    await this.#ads.idle(AbortSignal.timeout(10_000));
    return address;
  }

  /** Of the proxies so far: updates that they rejected. 0, always. */
  async rejected(): Promise<number> {
    const counts = [...this.#proxies.values()].map(async ({ address }) => {
      const stats = await (await fetch(`http://${address}:15000/stats?filter=update_rejected`)).text();
      return [...stats.matchAll(/: (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
    });
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  }

  async close(): Promise<void> {
    for (const { child } of this.#proxies.values()) child.kill('SIGKILL');
    this.#echoes.kill('SIGKILL');
    await this.#ads.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #addressOf(proxy: ProxyNode): string {
    const listen = proxy.metadata['LISTEN'];
    return typeof listen === 'string' ? listen : '127.0.0.1';
  }

  #bootstrap(pod: LoopbackPod, listen: string): object {
    const router = pod.labels['istio'] === 'ingressgateway';
    const { namespace, name, labels, address } = pod;
    return {
      node: {
        id: `${router ? 'router' : 'sidecar'}~${address}~${name}.${namespace}~${namespace}.svc.cluster.local`,
        cluster: pod.deployment,
        metadata: { NAME: name, NAMESPACE: namespace, LABELS: labels, LISTEN: listen, INSTANCE_IPS: address },
      },
      admin: { address: { socket_address: { address: listen, port_value: 15000 } } },
      dynamic_resources: {
        ads_config: {
          api_type: 'DELTA_GRPC',
          transport_api_version: 'V3',
          grpc_services: [{ envoy_grpc: { cluster_name: 'xds' } }],
        },
        lds_config: { ads: {}, resource_api_version: 'V3' },
        cds_config: { ads: {}, resource_api_version: 'V3' },
      },
      static_resources: {
        clusters: [
          {
            name: 'xds',
            type: 'STATIC',
            connect_timeout: '1s',
            typed_extension_protocol_options: {
              'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
                '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
                explicit_http_config: { http2_protocol_options: {} },
              },
            },
            load_assignment: {
              cluster_name: 'xds',
              endpoints: [
                { lb_endpoints: [{ endpoint: { address: { pipe: { path: join(this.#folder, 'xds.sock') } } } }] },
              ],
            },
          },
        ],
      },
    };
  }
}

async function waitForAdmin(address: string, child: ChildProcess, log: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (child.exitCode !== null) throw new Error(`Envoy ended: ${readFileSync(log, 'utf8').slice(-2000)}`);
    const answer = await fetch(`http://${address}:15000/ready`).catch(() => undefined);
    if (answer?.status === 200) return;
    await new Promise((wake) => setTimeout(wake, 25));
  }
  throw new Error(`Envoy did not get ready: ${readFileSync(log, 'utf8').slice(-2000)}`);
}

/** Without interception a listener has to bind: on the client's own address, and only those that take every address. */
function onLoopback(generate: GenerateResources, proxy: ProxyNode, listen: string): ReturnType<GenerateResources> {
  const resources = generate(proxy);
  const listeners = new Map<string, EncodedResource>();
  for (const [name, resource] of resources.of(typeUrls.listener)) {
    const listener = fromBinary(ListenerSchema, resource.bytes);
    const { address } = listener;
    if (address?.address.case !== 'socketAddress' || address.address.value.address !== '0.0.0.0') continue;
    const port = address.address.value.portSpecifier.value;
    if (name === 'virtualOutbound' || name === 'virtualInbound' || port === undefined) continue;
    address.address.value.address = listen;
    delete listener.bindToPort;
    delete listener.useOriginalDst;
    listener.listenerFilters = listener.listenerFilters.filter((filter) => !filter.name.includes('original_dst'));
    const bytes = toBinary(ListenerSchema, listener);
    listeners.set(name, { name, bytes, version: `${resource.version}-${listen}` });
  }
  return { of: (typeUrl) => (typeUrl === typeUrls.listener ? listeners : resources.of(typeUrl)) };
}
