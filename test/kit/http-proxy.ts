// The embedded proxy's HTTP data path alone, on loopback: Envoy's own JSON for listeners and clusters, raw backends, raw clients.
import { createRegistry, fromJson, type JsonObject, type JsonValue } from '@bufbuild/protobuf';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { anySchemas } from '../../src/decide/config/decode/any-types.ts';
import type { HttpFilter } from '../../src/decide/config/http-filter.ts';
import { decodeCluster, decodeListener } from '../../src/decide/config/decode-resource.ts';
import { RouteChooser } from '../../src/decide/route/choose-route.ts';
import { TimerWheel } from '../../src/lib/timer-wheel.ts';
import { ClusterSchema } from '../../src/proto/gen/envoy/config/cluster/v3/cluster_pb.ts';
import { ListenerSchema } from '../../src/proto/gen/envoy/config/listener/v3/listener_pb.ts';
import { Cluster } from '../../src/proxy/cluster/cluster.ts';
import { filterChain } from '../../src/proxy/filters/chain.ts';
import { HttpServer } from '../../src/proxy/http/http-server.ts';
import type { HttpStream, StreamFilter } from '../../src/proxy/http/stream.ts';
import { Downstream, nextConnectionId } from '../../src/proxy/listener/downstream.ts';
import { ListenSocket } from '../../src/proxy/listener/listen-socket.ts';
import { reportMishap } from '../../src/proxy/mishaps.ts';
import { clusterStats } from '../../src/telemetry/metrics/cluster-stats.ts';
import { httpStats } from '../../src/telemetry/metrics/http-stats.ts';

const registry = createRegistry(...anySchemas);
const type = (name: string) => ({ '@type': `type.googleapis.com/envoy.extensions.${name}` });

export interface ProxySettings {
  readonly virtualHosts: JsonValue;
  /** Further fields of the connection manager. */
  readonly manager?: JsonObject;
  readonly routeConfig?: JsonObject;
  readonly clusters: readonly JsonObject[];
  readonly direction?: 'INBOUND' | 'OUTBOUND';
  readonly bufferLimitBytes?: number;
  /** Put before the configured filters. */
  readonly firstFilter?: (config: HttpFilter) => StreamFilter;
}

export function staticCluster(name: string, ports: readonly number[], more: JsonObject = {}): JsonObject {
  const endpoints = ports.map((port) => ({
    endpoint: { address: { socketAddress: { address: '127.0.0.1', portValue: port } } },
  }));
  return {
    name,
    type: 'STATIC',
    connectTimeout: '1s',
    loadAssignment: { clusterName: name, endpoints: [{ lbEndpoints: endpoints }] },
    ...more,
  };
}

export function listenerJson(settings: ProxySettings, address: JsonObject): JsonObject {
  const manager = {
    ...type('filters.network.http_connection_manager.v3.HttpConnectionManager'),
    statPrefix: 'test',
    routeConfig: {
      name: 'test',
      validateClusters: false,
      virtualHosts: settings.virtualHosts,
      ...settings.routeConfig,
    },
    httpFilters: [
      { name: 'envoy.filters.http.fault', typedConfig: type('filters.http.fault.v3.HTTPFault') },
      { name: 'envoy.filters.http.cors', typedConfig: type('filters.http.cors.v3.Cors') },
      { name: 'envoy.filters.http.router', typedConfig: type('filters.http.router.v3.Router') },
    ],
    ...settings.manager,
  };
  return {
    name: 'test',
    address,
    ...(settings.direction ? { trafficDirection: settings.direction } : {}),
    ...(settings.bufferLimitBytes ? { perConnectionBufferLimitBytes: settings.bufferLimitBytes } : {}),
    filterChains: [{ filters: [{ name: 'envoy.filters.network.http_connection_manager', typedConfig: manager }] }],
  };
}

function settled<T>({ value, issues }: { readonly value: T | undefined; readonly issues: readonly unknown[] }): T {
  if (value === undefined) throw new Error(`refused: ${JSON.stringify(issues, null, 1)}`);
  return value;
}

let lastPort = 20_000 + ((process.pid * 97) % 10_000);

/** Below the range from which the system gives ports away. */
function nextPort(): number {
  lastPort += 1;
  return lastPort;
}

export class HttpProxy {
  readonly clusters = new Map<string, Cluster>();
  readonly stats = httpStats('test');
  readonly streams: HttpStream[] = [];
  readonly #timers = new TimerWheel(undefined, undefined, reportMishap);
  readonly port = nextPort();
  readonly #http: HttpServer;
  #socket: ListenSocket | undefined;
  readonly #open = new Set<Downstream>();
  /** What the client meant to reach, for ORIGINAL_DST. */
  originalPort: number | undefined;

  private constructor(settings: ProxySettings) {
    for (const json of settings.clusters) this.setCluster(json);
    const any = { socketAddress: { address: '127.0.0.1', portValue: 0 } };
    const listener = settled(decodeListener(fromJson(ListenerSchema, listenerJson(settings, any), { registry })));
    const { filter } = listener.filterChains[0]!;
    if (filter.kind !== 'http-connection-manager' || filter.config.routes.kind !== 'inline')
      throw new Error('no routes');
    const chooser = new RouteChooser(filter.config.routes.config);
    const made = filterChain(filter.config.filters);
    const first = settings.firstFilter?.(filter.config.filters[0]!);
    const server = new HttpServer({
      config: filter.config,
      filters: first ? [first, ...made] : made,
      direction: listener.direction,
      filterChainName: '',
      routes: () => chooser,
      clusters: this.clusters,
      stats: this.stats,
      timers: this.#timers,
      bufferLimitBytes: listener.perConnectionBufferLimitBytes,
      random: Math.random,
      onRequestDone: (stream) => void this.streams.push(stream),
    });
    this.#http = server;
  }

  static async start(settings: ProxySettings): Promise<HttpProxy> {
    const proxy = new HttpProxy(settings);
    proxy.#socket = await ListenSocket.open({
      host: '127.0.0.1',
      port: proxy.port,
      backlog: 100,
      onConnection: (handle) => proxy.#accept(handle),
      onError: () => {},
    });
    return proxy;
  }

  setCluster(json: JsonObject): Cluster {
    const config = settled(decodeCluster(fromJson(ClusterSchema, json, { registry })));
    const parts = { stats: clusterStats(config.name), timers: this.#timers, random: Math.random };
    const cluster = new Cluster(config, parts);
    this.clusters.get(config.name)?.close();
    this.clusters.set(config.name, cluster);
    return cluster;
  }

  #accept(handle: unknown): void {
    const downstream = new Downstream(handle);
    const { remoteAddress = '', remotePort = 0, localPort = 0 } = downstream.socket;
    downstream.info = {
      id: nextConnectionId(),
      remote: { ip: remoteAddress, port: remotePort },
      local: { ip: '127.0.0.1', port: this.originalPort ?? localPort },
      direct: { ip: '127.0.0.1', port: localPort },
      wasRedirected: this.originalPort !== undefined,
      transportProtocol: 'raw_buffer',
      serverName: '',
      applicationProtocols: [],
      listener: 'test',
      acceptedAtMs: Date.now(),
    };
    this.#open.add(downstream);
    downstream.onClosed = (): void => void this.#open.delete(downstream);
    this.#http.take(downstream);
    downstream.start();
  }

  /** The last request's flags and details, as an access log tells them. */
  get outcome(): string {
    const stream = this.streams.at(-1)!;
    return `${stream.responseCode} ${stream.responseFlags || '-'} ${stream.responseCodeDetails}`;
  }

  drain(): void {
    for (const downstream of this.#open) downstream.drain();
  }

  close(): void {
    this.#socket?.close();
    for (const downstream of this.#open) downstream.socket.destroy();
    for (const cluster of this.clusters.values()) cluster.close();
    this.#timers.close();
  }
}

export type Serve = (head: string, socket: Socket, body: () => string) => void;

/** A backend that is handed each head (as text) and answers on the raw socket. Bodies of requests are left to `data` listeners. */
export class RawBackend {
  readonly heads: string[] = [];
  readonly sockets = new Set<Socket>();
  /** Everything that came, over all connections. */
  received = '';
  readonly #server: Server;

  private constructor(serve: Serve) {
    this.#server = createServer((socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      socket.on('error', () => socket.destroy());
      let text = '';
      socket.on('data', (chunk) => {
        const piece = chunk.toString('latin1');
        this.received += piece;
        text += piece;
        for (;;) {
          const end = text.indexOf('\r\n\r\n');
          if (end < 0 || !/^[A-Z]+ /.test(text)) return;
          const head = text.slice(0, end);
          text = text.slice(end + 4);
          this.heads.push(head);
          serve(head, socket, () => text);
        }
      });
    });
  }

  static async start(serve: Serve): Promise<RawBackend> {
    const backend = new RawBackend(serve);
    backend.#server.listen(0, '127.0.0.1');
    await once(backend.#server, 'listening');
    return backend;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.sockets) socket.destroy();
  }
}

export const ok: Serve = (_head, socket) => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');

export class RawClient {
  readonly socket: Socket;
  text = '';
  ended = false;
  closed = false;
  #wake: () => void = () => {};

  private constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    this.socket.on('data', (chunk) => {
      this.text += chunk.toString('latin1');
      this.#wake();
    });
    this.socket.on('end', () => {
      this.ended = true;
      this.socket.end();
      this.#wake();
    });
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      this.closed = true;
      this.#wake();
    });
  }

  static async open(port: number): Promise<RawClient> {
    const client = new RawClient(port);
    await once(client.socket, 'connect');
    return client;
  }

  send(text: string): void {
    this.socket.write(text, 'latin1');
  }

  async until(holds: () => boolean, timeoutMs = 3000): Promise<void> {
    const end = performance.now() + timeoutMs;
    while (!holds()) {
      if (performance.now() > end) throw new Error(`not within ${timeoutMs} ms; so far:\n${this.text}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, 20);
      });
    }
  }

  /** One whole answer with a length, or in chunks; it is taken out of `text`. */
  async answer(): Promise<{ head: string; body: string }> {
    for (;;) {
      await this.until(() => this.text.includes('\r\n\r\n') || this.closed);
      const end = this.text.indexOf('\r\n\r\n');
      if (end < 0) throw new Error(`closed: ${this.text}`);
      const head = this.text.slice(0, end);
      const rest = (): string => this.text.slice(end + 4);
      const length = /^content-length: (\d+)/im.exec(head);
      if (/^transfer-encoding: chunked/im.test(head)) {
        await this.until(() => /(?:^|\r\n)0\r\n(?:.+\r\n)*\r\n/.test(rest()) || this.closed);
        const body = rest();
        this.text = '';
        return { head, body };
      }
      const count = length ? Number(length[1]) : 0;
      await this.until(() => rest().length >= count || this.closed);
      const body = rest().slice(0, count);
      this.text = rest().slice(count);
      return { head, body };
    }
  }

  close(): void {
    this.socket.destroy();
  }
}

export interface HttpWorld {
  readonly backend: RawBackend;
  readonly proxy: HttpProxy;
  readonly client: RawClient;
  readonly close: () => void;
}

/** One backend, one proxy whose only route leads to it (as cluster `a`), one client. `route` and `cluster` add fields. */
export async function httpWorld(
  serve: Serve,
  { route = {}, cluster = {}, ...settings }: Partial<ProxySettings> & { route?: JsonObject; cluster?: JsonObject } = {},
): Promise<HttpWorld> {
  const backend = await RawBackend.start(serve);
  const proxy = await HttpProxy.start({
    virtualHosts: [
      { name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'a', ...route } }] },
    ],
    clusters: [staticCluster('a', [backend.port], cluster)],
    ...settings,
  });
  const client = await RawClient.open(proxy.port);
  const close = (): void => {
    client.close();
    proxy.close();
    backend.close();
  };
  return { backend, proxy, client, close };
}

export const get = (path = '/', more = ''): string => `GET ${path} HTTP/1.1\r\nhost: x.test\r\n${more}\r\n`;
