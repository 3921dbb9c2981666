// One sidecar bundle with a real Envoy in a namespace of its own, and a control plane whose resources a test sets by hand.
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { create, createRegistry, fromJson, toBinary, type JsonObject } from '@bufbuild/protobuf';
import { envoyPath } from '../../scripts/envoy-peer.ts';
import { AdsServer } from '../../src/pilot/ads/ads-server.ts';
import type { EncodedResource, ProxyNode } from '../../src/pilot/proxy-resources.ts';
import { typeUrls } from '../../src/pilot/proxy-resources.ts';
import { ListenerSchema } from '../../src/proto/gen/envoy/config/listener/v3/listener_pb.ts';
import { FileAccessLogSchema } from '../../src/proto/gen/envoy/extensions/access_loggers/file/v3/file_pb.ts';
import { RouterSchema } from '../../src/proto/gen/envoy/extensions/filters/http/router/v3/router_pb.ts';
import { HttpConnectionManagerSchema } from '../../src/proto/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts';
import { NameTableSchema } from '../../src/proto/gen/nds_pb.ts';
import { NetNamespace } from './net-namespace.ts';

export const podAddress = '10.213.0.2';
export const clientAddress = '10.213.0.3';
const proxyId = 1337;
const registry = createRegistry(FileAccessLogSchema, HttpConnectionManagerSchema, RouterSchema);

export function encoded(name: string, bytes: Uint8Array): EncodedResource {
  return { name, bytes, version: createHash('sha1').update(bytes).digest('hex').slice(0, 8) };
}

/** A listener that answers everything by itself; a gateway's has no direction. */
export function answeringListener(port: number, body: string, direction = 'INBOUND'): EncodedResource {
  const json: JsonObject = {
    name: `inbound-${port}`,
    address: { socketAddress: { address: '0.0.0.0', portValue: port } },
    trafficDirection: direction,
    filterChains: [
      {
        filters: [
          {
            name: 'envoy.filters.network.http_connection_manager',
            typedConfig: {
              '@type':
                'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
              statPrefix: 'inbound',
              accessLog: [
                {
                  name: 'envoy.access_loggers.file',
                  typedConfig: {
                    '@type': 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog',
                    path: '/dev/stdout',
                    logFormat: { textFormatSource: { inlineString: 'access %REQ(:PATH)%\n' } },
                  },
                },
              ],
              routeConfig: {
                virtualHosts: [
                  {
                    name: 'all',
                    domains: ['*'],
                    routes: [{ match: { prefix: '/' }, directResponse: { status: 200, body: { inlineString: body } } }],
                  },
                ],
              },
              httpFilters: [
                {
                  name: 'envoy.filters.http.router',
                  typedConfig: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
                },
              ],
            },
          },
        ],
      },
    ],
  };
  return encoded(`inbound-${port}`, toBinary(ListenerSchema, fromJson(ListenerSchema, json, { registry })));
}

export function nameTable(hosts: Record<string, string[]>): EncodedResource {
  const entries = Object.entries(hosts).map(([host, ips]) => {
    const [shortname = '', namespace = ''] = host.split('.');
    return [host, { ips, registry: 'Kubernetes', shortname, namespace }] as const;
  });
  return encoded('names', toBinary(NameTableSchema, create(NameTableSchema, { table: Object.fromEntries(entries) })));
}

export class SidecarWorld {
  readonly folder = mkdtempSync(join(tmpdir(), 'heddle-sidecar-'));
  readonly pod = new NetNamespace();
  readonly client = new NetNamespace();
  readonly nodes: ProxyNode[] = [];
  /** Everything that the sidecar and its Envoy have printed. */
  output = '';
  process: ChildProcess | undefined;
  #server: AdsServer | undefined;
  readonly #resources = new Map<string, ReadonlyMap<string, EncodedResource>>();

  constructor() {
    this.pod.connect(this.client, podAddress, clientAddress);
    for (const name of ['data', 'config']) {
      mkdirSync(join(this.folder, name));
      chownSync(join(this.folder, name), proxyId, proxyId);
    }
    chmodSync(this.folder, 0o755);
  }

  set(typeUrl: (typeof typeUrls)[keyof typeof typeUrls], ...resources: EncodedResource[]): void {
    this.#resources.set(typeUrl, new Map(resources.map((resource) => [resource.name, resource])));
    this.#server?.push();
  }

  async startControlPlane(): Promise<void> {
    this.#server = new AdsServer({
      generate: (node) => {
        this.nodes.push(node);
        const now = new Map(this.#resources);
        return { of: (typeUrl) => now.get(typeUrl) ?? new Map() };
      },
    });
    await this.#server.listen({ path: join(this.folder, 'xds.sock') });
  }

  async stopControlPlane(): Promise<void> {
    await this.#server?.close();
    this.#server = undefined;
  }

  startSidecar(env: Record<string, string> = {}, role = 'sidecar'): ChildProcess {
    const child = this.pod.start([process.execPath, resolve('dist/sidecar.js'), 'proxy', role], {
      identity: { uid: proxyId, gid: proxyId },
      env: {
        PATH: process.env['PATH'],
        POD_NAME: 'reviews-v1-x',
        POD_NAMESPACE: 'shop',
        INSTANCE_IP: podAddress,
        SERVICE_ACCOUNT: 'reviews',
        HEDDLE_XDS: `unix:${this.folder}/xds.sock`,
        HEDDLE_ENVOY: envoyPath(),
        HEDDLE_DATA: `${this.folder}/data`,
        HEDDLE_CONFIG: `${this.folder}/config`,
        HEDDLE_LOG_LEVEL: 'info',
        ISTIO_META_DNS_CAPTURE: 'true',
        ISTIO_META_CLUSTER_ID: 'Kubernetes',
        ...env,
      },
    });
    this.process = child;
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    }
    return child;
  }

  /** Body and status code of a request from the pod itself or from its neighbour, or curl's exit code. */
  async fetch(from: 'pod' | 'client', url: string, ...options: string[]): Promise<string> {
    try {
      return await this[from].ask(['curl', '-s', '-m', '2', '-w', ' %{http_code}', ...options, url]);
    } catch (error) {
      return `curl ${(error as { code?: number }).code}`;
    }
  }

  ready(): Promise<string> {
    return this.fetch('client', `http://${podAddress}:15021/healthz/ready`);
  }

  /** Waits until `probe` says yes. */
  async until(what: string, probe: () => boolean | Promise<boolean>, maxMs = 10_000): Promise<void> {
    const giveUp = performance.now() + maxMs;
    while (!(await probe())) {
      if (performance.now() > giveUp) throw new Error(`not within ${maxMs} ms: ${what}\n${this.output.slice(-3000)}`);
      await sleep(30);
    }
  }

  async untilReady(): Promise<void> {
    await this.until('ready', async () => (await this.ready()).endsWith(' 200'));
  }

  /** Process ids of Envoys in the pod. */
  envoys(): number[] {
    return this.pod.pids().filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'envoy';
      } catch {
        return false; // it ended between the listing and the look
      }
    });
  }

  async exit(): Promise<number | null> {
    const child = this.process!;
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    return child.exitCode;
  }

  async close(): Promise<void> {
    this.pod.close();
    this.client.close();
    await this.stopControlPlane();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
