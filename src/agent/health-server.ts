// What the kubelet and Prometheus ask a sidecar: readiness on 15021 and 15020, merged metrics and `quitquitquit` on 15020.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { describeError } from '../lib/mesh-error.ts';
import type { Logger } from '../telemetry/logger.ts';

export interface HealthServerOptions {
  /** Empty when ready, else the reason why not. */
  readonly notReady: () => Promise<string>;
  /** Prometheus text of everything in the pod that is the mesh's. */
  readonly metrics: () => Promise<string>;
  /** Somebody in the pod asks the sidecar to end, as jobs do when they are done. */
  readonly quit: () => void;
  /** What the kubelet would ask the application itself, by path. */
  readonly appProbes: ReadonlyMap<string, (request: IncomingMessage) => Promise<Answer>>;
  readonly log: Logger;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

type Handler = (request: IncomingMessage) => Promise<Answer>;

export class HealthServer {
  readonly #options: HealthServerOptions;
  readonly #servers: Server[] = [];

  constructor(options: HealthServerOptions) {
    this.#options = options;
  }

  /** Listens on all addresses: who asks is outside the pod. */
  async listen(port: number, handlers: 'health' | 'all'): Promise<void> {
    const routes = handlers === 'all' ? this.#allRoutes() : this.#healthRoutes();
    const server = createServer((request, response) => void this.#serve(routes, request, response));
    this.#servers.push(server);
    server.listen(port, '0.0.0.0');
    await once(server, 'listening');
  }

  #healthRoutes(): Readonly<Record<string, Handler>> {
    return {
      'GET /healthz/ready': async () => {
        const reason = await this.#options.notReady();
        return reason === '' ? { status: 200, body: '' } : { status: 503, body: `${reason}\n` };
      },
    };
  }

  #allRoutes(): Readonly<Record<string, Handler>> {
    return {
      ...this.#healthRoutes(),
      ...Object.fromEntries([...this.#options.appProbes].map(([path, probe]) => [`GET ${path}`, probe])),
      'GET /stats/prometheus': async () => ({ status: 200, body: await this.#options.metrics() }),
      'POST /quitquitquit': async (request) => {
        if (!isLocal(request)) return { status: 403, body: 'only from within the pod\n' };
        this.#options.quit();
        return { status: 200, body: 'OK\n' };
      },
    };
  }

  async #serve(routes: Readonly<Record<string, Handler>>, request: IncomingMessage, response: ServerResponse) {
    const path = (request.url ?? '').split('?')[0];
    const handler = routes[`${request.method} ${path}`];
    let answer: Answer = { status: 404, body: 'not found\n' };
    try {
      if (handler !== undefined) answer = await handler(request);
    } catch (error) {
      this.#options.log.warn('request failed', { path, error: describeError(error) });
      answer = { status: 503, body: `${describeError(error)}\n` };
    }
    response.writeHead(answer.status, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
    response.end(answer.body);
  }

  async close(): Promise<void> {
    const closed = this.#servers.splice(0).map((server) => {
      const done = once(server, 'close');
      server.close();
      server.closeAllConnections();
      return done;
    });
    await Promise.all(closed);
  }
}

function isLocal(request: IncomingMessage): boolean {
  return /^(?:::ffff:)?127\.|^::1$/.test(request.socket.remoteAddress ?? '');
}
