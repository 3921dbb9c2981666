// What the four Bookinfo services share: a small JSON server, and calls that pass tracing and user headers on.
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';

/** Headers that each service hands from the request it serves to the requests it makes, as Istio's Bookinfo does. */
const passedOn = [
  'x-request-id',
  'x-ot-span-context',
  'x-datadog-trace-id',
  'x-datadog-parent-id',
  'x-datadog-sampling-priority',
  'traceparent',
  'tracestate',
  'x-cloud-trace-context',
  'grpc-trace-bin',
  'x-b3-traceid',
  'x-b3-spanid',
  'x-b3-parentspanid',
  'x-b3-sampled',
  'x-b3-flags',
  'sw8',
  'end-user',
  'user-agent',
  'cookie',
  'authorization',
  'jwt',
];

export type Headers = Record<string, string>;

export interface Reply {
  readonly status: number;
  readonly body: string;
  readonly headers?: Headers;
}

export type Handler = (incoming: IncomingMessage, url: URL, body: string) => Promise<Reply> | Reply;

export function json(status: number, value: unknown): Reply {
  return { status, body: JSON.stringify(value), headers: { 'content-type': 'application/json' } };
}

export function headersToPass(incoming: IncomingMessage): Headers {
  const headers: Headers = {};
  for (const name of passedOn) {
    const value = incoming.headers[name];
    if (typeof value === 'string') headers[name] = value;
  }
  return headers;
}

/** `ratings`, or `ratings.DOMAIN` when the environment names a services domain. */
export function serviceHost(variable: string, fallback: string): string {
  const domain = process.env['SERVICES_DOMAIN'];
  const host = process.env[variable] ?? fallback;
  return domain ? `${host}.${domain}` : host;
}

const bodyLimit = 64 * 1024;

function readBody(incoming: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > bodyLimit) reject(new Error('the body is too large'));
      else chunks.push(chunk);
    });
    incoming.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    incoming.on('error', reject);
  });
}

async function answer(handler: Handler, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  let reply: Reply;
  try {
    const body = await readBody(incoming);
    reply = await handler(incoming, new URL(incoming.url ?? '/', 'http://service'), body);
  } catch (error) {
    reply = json(500, { error: error instanceof Error ? error.message : String(error) });
  }
  outgoing.writeHead(reply.status, { 'content-length': Buffer.byteLength(reply.body), ...reply.headers });
  outgoing.end(incoming.method === 'HEAD' ? undefined : reply.body);
}

/** Serves on `SERVICE_PORT` (9080 unless set) until SIGTERM, then lets open requests end. */
export function serve(name: string, handler: Handler): void {
  const port = Number(process.env['SERVICE_PORT'] ?? 9080);
  const server = createServer((incoming, outgoing) => void answer(handler, incoming, outgoing));
  server.keepAliveTimeout = 120_000;
  server.listen(port, () => console.log(`${name} listens on port ${port}`));
  process.once('SIGTERM', () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
  });
}

export interface CallOptions {
  readonly timeoutMs: number;
  readonly headers: Headers;
  readonly method?: string;
  readonly body?: string;
}

/** One HTTP call with a limit on the whole of it. Rejects when nothing answers in time. */
export function call(url: string, options: CallOptions): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method: options.method ?? 'GET', headers: options.headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        clearTimeout(timer);
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') });
      });
      response.on('error', reject);
    });
    const timer = setTimeout(
      () => outgoing.destroy(new Error(`no answer in ${options.timeoutMs} ms`)),
      options.timeoutMs,
    );
    outgoing.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    outgoing.end(options.body);
  });
}
