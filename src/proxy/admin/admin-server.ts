// The admin endpoint, with Envoy's paths and answers (docs: "Administration interface"). On loopback only: whoever reaches it may end
// the proxy.
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { describeError } from '../../lib/mesh-error.ts';

export interface AdminAnswer {
  readonly status?: number;
  readonly body: string | object;
}

export interface AdminRoute {
  readonly path: string;
  /** What changes something takes POST only. */
  readonly changes: boolean;
  readonly help: string;
  readonly answer: (query: URLSearchParams) => AdminAnswer | Promise<AdminAnswer>;
}

export class AdminServer {
  readonly #routes: ReadonlyMap<string, AdminRoute>;
  readonly #servers: Server[] = [];

  constructor(routes: readonly AdminRoute[]) {
    this.#routes = new Map(routes.map((route) => [route.path, route]));
  }

  /** With `only`, no other path is served: for the port that is open to the network. */
  async listen(host: string, port: number, only?: string): Promise<void> {
    const server = createServer((request, response) => {
      // Whatever the peer sends as a target has to give a URL: what begins with two slashes would name a host.
      const url = URL.parse(`http://admin/${(request.url ?? '').replace(/^\/+/, '')}`) ?? undefined;
      const isServed = only === undefined || url?.pathname === only;
      void this.#serve(isServed ? url : undefined, request.method ?? 'GET', response);
    });
    this.#servers.push(server);
    server.listen(port, host);
    await once(server, 'listening');
  }

  async #serve(url: URL | undefined, method: string, response: ServerResponse): Promise<void> {
    const route = url && this.#routes.get(url.pathname);
    try {
      if (route === undefined) return send(response, this.#unknown(url));
      if (route.changes && method !== 'POST') {
        return send(response, { status: 405, body: `Method ${method} not allowed, POST required.` });
      }
      send(response, await route.answer(url!.searchParams));
    } catch (error) {
      send(response, { status: 500, body: `${describeError(error)}\n` });
    }
  }

  #unknown(url: URL | undefined): AdminAnswer {
    if (url === undefined) return { status: 404, body: 'not found\n' };
    const lines = [...this.#routes.values()].map(
      ({ path, help, changes }) => `  ${path}${changes ? ' (POST)' : ''}: ${help}`,
    );
    const isHelp = url.pathname === '/' || url.pathname === '/help';
    const text = `admin commands are:\n${lines.join('\n')}\n`;
    return isHelp ? { body: text } : { status: 404, body: `invalid path. ${text}` };
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

function send(response: ServerResponse, { status = 200, body }: AdminAnswer): void {
  const isText = typeof body === 'string';
  response.writeHead(status, {
    'content-type': isText ? 'text/plain; charset=UTF-8' : 'application/json',
    'cache-control': 'no-cache, max-age=0',
    'x-content-type-options': 'nosniff',
  });
  response.end(isText ? body : `${JSON.stringify(body, null, 1)}\n`);
}
