// The embedded Kubernetes API: HTTP in front of the object store.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KubernetesObject } from '../../lib/kubernetes.ts';
import { describeError } from '../../lib/mesh-error.ts';
import { ApiError, badRequest, isApiError, notFound, statusOf } from './api-error.ts';
import { discoveryDocument } from './discovery.ts';
import { answerObjectRequest, filterOf, inVersion } from './object-requests.ts';
import { ObjectStore, type ObjectStoreOptions } from './object-store.ts';
import { tableOf } from './object-table-view.ts';
import { openApiDocument } from './open-api.ts';
import { type LogFileOf, sendPodLog } from './pod-log.ts';
import { contentTypeOf, readBody } from './request-body.ts';
import { guardRequest } from './request-guard.ts';
import { type ObjectPath, parseObjectPath } from './request-path.ts';
import { apiVersionOf } from './resource-definitions.ts';
import { WatchHub } from './watch-hub.ts';

export interface ApiServerOptions extends ObjectStoreOptions {
  /** What clients send as bearer token. */
  readonly token: string;
  readonly maxWatches?: number;
  /** For `kubectl logs`; without it there are no logs. */
  readonly logFileOf?: LogFileOf;
}

export interface ApiServer {
  /** The same objects without HTTP, for controllers in this process. */
  readonly store: ObjectStore;
  /** Listens on 127.0.0.1; port 0 picks a free one. Rejects with Node's error (EADDRINUSE). */
  listen(port?: number): Promise<{ port: number }>;
  close(): Promise<void>;
}

/** Opens (or creates) the database; the namespaces `default` and `kube-system` exist from then on. */
export function createApiServer(options: ApiServerOptions): ApiServer {
  const store = new ObjectStore(options);
  for (const name of ['default', 'kube-system']) ensureNamespace(store, name);
  const hub = new WatchHub(store, options.maxWatches ?? 1_000);
  const server = createServer({ maxHeaderSize: 32 * 1024, headersTimeout: 10_000, requestTimeout: 30_000 });
  server.keepAliveTimeout = 75_000;
  server.maxConnections = 2_000;
  const context = { store, hub, token: options.token, logFileOf: options.logFileOf };
  server.on('request', (request, response) => void handle(context, request, response));
  return {
    store,
    listen: (port = 0) => listenOn(server, port),
    close: async () => {
      hub.close();
      await closeServer(server);
      store.close();
    },
  };
}

function ensureNamespace(store: ObjectStore, name: string): void {
  if (store.get('namespaces', '', name) !== undefined) return;
  store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
}

function listenOn(server: Server, port: number): Promise<{ port: number }> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      const address = server.address() as AddressInfo;
      resolve({ port: address.port });
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

interface Context {
  readonly store: ObjectStore;
  readonly hub: WatchHub;
  readonly token: string;
  readonly logFileOf: LogFileOf | undefined;
}

async function handle(context: Context, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const warnings: string[] = [];
  try {
    await answer(context, request, response, warnings);
  } catch (error) {
    const refusal = error instanceof ApiError ? error : new ApiError(500, 'InternalError', describeError(error));
    if (isApiError(refusal, 'RequestEntityTooLarge')) response.setHeader('connection', 'close');
    if (response.headersSent) response.destroy();
    else send(response, refusal.httpStatus, statusOf(refusal), warnings);
  }
}

async function answer(
  context: Context,
  request: IncomingMessage,
  response: ServerResponse,
  warnings: string[],
): Promise<void> {
  const { pathname, searchParams: query } = urlOf(request);
  if (['/healthz', '/livez', '/readyz'].includes(pathname)) {
    response.writeHead(200, { 'content-type': 'text/plain' }).end('ok');
    return;
  }
  guardRequest(request, context.token);
  const { method = 'GET' } = request;
  const document = method === 'GET' ? (discoveryDocument(pathname) ?? openApiDocument(pathname)) : undefined;
  if (document !== undefined) return send(response, 200, document, []);
  const path = parseObjectPath(pathname);
  const asTable = /;as=Table;(v=v1;g=meta\.k8s\.io|g=meta\.k8s\.io;v=v1)/.test(request.headers.accept ?? '');
  if (method === 'GET' && ['true', '1'].includes(query.get('watch') ?? '')) {
    openWatch(context, response, { path, query, asTable });
    return;
  }
  if (
    method === 'GET' &&
    path.subresource === 'log' &&
    path.definition.id === 'pods' &&
    context.logFileOf !== undefined
  ) {
    const pod = context.store.get('pods', path.namespace ?? '', path.name ?? '');
    if (pod === undefined) throw notFound(path.definition, path.name ?? '');
    return sendPodLog(response, pod, query, context.logFileOf);
  }
  const body = await readBody(request);
  const contentType = contentTypeOf(request);
  const onWarning = (text: string): void => void warnings.push(text);
  const result = answerObjectRequest(context.store, { method, path, query, contentType, body, asTable, onWarning });
  send(response, result.code, result.body, warnings);
}

function urlOf(request: IncomingMessage): URL {
  try {
    return new URL(request.url ?? '/', 'http://localhost');
  } catch (cause) {
    if (cause instanceof TypeError) throw badRequest('the request target is not a path');
    throw cause;
  }
}

function openWatch(
  { hub }: Context,
  response: ServerResponse,
  { path, query, asTable }: { path: ObjectPath; query: URLSearchParams; asTable: boolean },
): void {
  const { definition, version } = path;
  const timeout = Number(query.get('timeoutSeconds') ?? 0);
  const resourceVersion = Number(query.get('resourceVersion') ?? 0);
  if (!Number.isInteger(resourceVersion) || resourceVersion < 0)
    throw badRequest('resourceVersion is not a whole number');
  const inPathVersion = (object: KubernetesObject): KubernetesObject => inVersion(path, object);
  const tableRow = (object: KubernetesObject): object =>
    tableOf(definition, [object], { resourceVersion: object.metadata.resourceVersion }, inPathVersion);
  const watch = {
    resource: definition.id,
    matches: filterOf({ path, query }),
    present: asTable ? tableRow : inPathVersion,
    resourceVersion,
    bookmarks: query.get('allowWatchBookmarks') === 'true',
    sendInitialEvents: query.get('sendInitialEvents') === 'true',
    bookmarkOf: (seen: number, initialEventsEnd: boolean) => ({
      kind: definition.kind,
      apiVersion: apiVersionOf(definition, version),
      metadata: {
        resourceVersion: String(seen),
        ...(initialEventsEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
      },
    }),
  };
  hub.open(response, watch, timeout > 0 ? timeout : undefined);
}

/** Warnings go as RFC 7234 section 5.5 has them; kubectl prints them. */
function send(response: ServerResponse, code: number, body: object, warnings: readonly string[]): void {
  const text = JSON.stringify(body);
  if (warnings.length > 0) response.setHeader('warning', [...new Set(warnings)].slice(0, 100).map(warningHeader));
  if (code === 401) response.setHeader('www-authenticate', 'Bearer');
  response.writeHead(code, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

function warningHeader(text: string): string {
  const plain = text.replace(/[^\x20-\x7e]/g, '?').slice(0, 250);
  return `299 - "${plain.replace(/["\\]/g, '\\$&')}"`;
}
