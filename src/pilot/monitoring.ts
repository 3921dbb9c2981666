// The control plane's monitoring and debug endpoint (15014, or a Unix socket): readiness, metrics, and what each proxy has.
import { chmodSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { MeshError } from '../lib/mesh-error.ts';
import type { SocketAddress } from '../lib/socket-address.ts';
import type { AdsServer } from './ads/ads-server.ts';
import { clearSocketPath } from './ads/unix-socket.ts';

export interface MonitoringSource {
  readonly ads: AdsServer;
  readonly ready: () => boolean;
  /** Newest model generation. */
  readonly generation: () => number;
  /** Problems in the configuration, a line each. */
  readonly issues: () => readonly string[];
  /** Resolves once the configuration up to `resourceVersion` is what proxies are being sent. */
  readonly caughtUp: (resourceVersion: number, signal: AbortSignal) => Promise<void>;
}

const defaultWaitMs = 5000;
const longestWaitMs = 60_000;

function send(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

const sendJson = (response: ServerResponse, status: number, value: unknown): void =>
  send(response, status, 'application/json', `${JSON.stringify(value, null, 1)}\n`);

function metrics({ ads, generation }: MonitoringSource): string {
  const { pushes, rejects, connected } = ads.counters();
  const byType = (name: string, values: Readonly<Record<string, number>>): string[] => [
    `# TYPE ${name} counter`,
    ...Object.entries(values).map(([type, value]) => `${name}{type="${type}"} ${value}`),
  ];
  return [
    ...byType('pilot_xds_pushes', pushes),
    ...byType('pilot_total_xds_rejects', rejects),
    '# TYPE pilot_xds gauge',
    `pilot_xds ${connected}`,
    '# TYPE heddle_model_generation gauge',
    `heddle_model_generation ${generation()}`,
    '',
  ].join('\n');
}

/** Answers 200 once every connected proxy has acknowledged all that follows from the configuration at `resourceVersion`. */
async function wait(source: MonitoringSource, query: URLSearchParams, response: ServerResponse): Promise<void> {
  const resourceVersion = Number(query.get('resourceVersion') ?? 0);
  const timeoutMs = Number(query.get('timeoutMs') ?? defaultWaitMs);
  if (!Number.isSafeInteger(resourceVersion) || !(timeoutMs > 0 && timeoutMs <= longestWaitMs)) {
    sendJson(response, 400, { error: `resourceVersion must be a whole number, timeoutMs 1 to ${longestWaitMs}` });
    return;
  }
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    await source.caughtUp(resourceVersion, signal);
    await source.ads.idle(signal);
    sendJson(response, 200, { generation: source.generation() });
  } catch {
    const behind = source.ads.proxies().filter((proxy) => !proxy.settled);
    sendJson(response, 504, { error: `not settled in ${timeoutMs} ms`, behind: behind.map((proxy) => proxy.node.id) });
  }
}

async function answer(source: MonitoringSource, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = URL.parse(request.url ?? '/', 'http://monitoring');
  if (url === null) return sendJson(response, 400, { error: 'the request target is not a path' });
  if (request.method !== 'GET') return sendJson(response, 405, { error: 'only GET' });
  switch (url.pathname) {
    case '/ready':
      return send(response, source.ready() ? 200 : 503, 'text/plain', source.ready() ? 'ready\n' : 'not ready\n');
    case '/metrics':
      return send(response, 200, 'text/plain; version=0.0.4', metrics(source));
    case '/debug/syncz':
      return sendJson(response, 200, source.ads.proxies());
    case '/debug/issues':
      return sendJson(response, 200, source.issues());
    case '/debug/wait':
      return wait(source, url.searchParams, response);
    default:
      return sendJson(response, 404, { error: 'try /ready /metrics /debug/syncz /debug/issues /debug/wait' });
  }
}

/** Listens until the server is closed. Rejects with MeshError `listen-failed`. */
export async function serveMonitoring(source: MonitoringSource, address: SocketAddress): Promise<Server> {
  if ('path' in address) await clearSocketPath(address.path);
  const server = createServer((request, response) => void answer(source, request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      const where = 'path' in address ? address.path : `${address.host}:${address.port}`;
      reject(new MeshError('listen-failed', `monitoring cannot listen on ${where}`, { cause }));
    });
    server.listen(address, resolve);
  });
  if ('path' in address) chmodSync(address.path, 0o600);
  return server;
}
