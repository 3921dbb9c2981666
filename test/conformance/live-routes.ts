// A live Envoy with one listener per route table, an upstream that tells what it saw, and requests over kept connections.
import { createServer, type Server, type Socket, connect } from 'node:net';
import { join } from 'node:path';
import { HeaderMap } from '../../src/decide/header-map.ts';
import { type HttpMessage, HttpMessages } from '../kit/http-messages.ts';
import type { RandomRequest } from '../kit/random-routes.ts';
import { StaticEnvoy } from '../kit/static-envoy.ts';
import { comparable, type Outcome } from './route-outcome.ts';

const hcm = 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
const filters = [
  ['cors', 'type.googleapis.com/envoy.extensions.filters.http.cors.v3.Cors'],
  ['fault', 'type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault'],
  ['router', 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router'],
] as const;

/** Connections at once. */
const lanes = 10;

export class LiveRoutes {
  readonly #envoy = new StaticEnvoy();
  #upstream: Server | undefined;
  readonly #sockets = new Set<Socket>();

  /** `hostnames`: cluster by cluster, with its endpoint's host name. */
  async start(tables: readonly unknown[], hostnames: ReadonlyMap<string, string>): Promise<void> {
    const upstream = join(this.#envoy.folder, 'up');
    this.#upstream = createServer((socket) => this.#echo(socket));
    await new Promise<void>((resolve) => this.#upstream!.listen(upstream, resolve));
    const resources = {
      listeners: tables.map((table, at) => listener(`table-${at}`, this.#socketOf(at), table)),
      clusters: [...hostnames].map(([name, hostname]) => cluster(name, hostname, upstream)),
    };
    await this.#envoy.start(resources, this.#socketOf(tables.length - 1));
  }

  #socketOf(table: number): string {
    return join(this.#envoy.folder, `t${table}`);
  }

  #echo(socket: Socket): void {
    this.#sockets.add(socket);
    const messages = new HttpMessages();
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      for (const { start, headers } of messages.push(chunk)) {
        const saw = Buffer.from(JSON.stringify({ start, headers })).toString('base64');
        socket.write(`HTTP/1.1 200 OK\r\nx-from: upstream\r\ncontent-length: 0\r\nx-saw: ${saw}\r\n\r\n`);
      }
    });
  }

  /** Over a few connections, on each one after the other: Envoy cuts pipelines of more than two local replies. */
  async ask(table: number, requests: readonly RandomRequest[]): Promise<Outcome[]> {
    const size = Math.ceil(requests.length / lanes);
    const parts = Array.from({ length: lanes }, (_, at) => requests.slice(at * size, (at + 1) * size));
    const answers = await Promise.all(
      parts.filter(({ length }) => length > 0).map((part) => this.#askInTurn(table, part)),
    );
    return answers.flat();
  }

  #askInTurn(table: number, requests: readonly RandomRequest[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    const messages = new HttpMessages((index) => requests[index]?.method !== 'HEAD');
    return new Promise((resolve, reject) => {
      const socket = connect(this.#socketOf(table));
      const next = (): boolean => socket.write(requestText(requests[outcomes.length]!));
      const fail = (problem: string): void => {
        socket.destroy();
        reject(new Error(`${problem}: ${JSON.stringify(requests[outcomes.length])}`));
      };
      socket.setTimeout(20_000, () => fail('no answer'));
      socket.on('error', (error) => fail(error.message));
      socket.on('close', () => outcomes.length < requests.length && fail('the connection was closed'));
      socket.on('data', (chunk: Buffer) => {
        const found = messages.push(chunk);
        outcomes.push(...found.map(outcomeOf));
        if (outcomes.length === requests.length) {
          socket.end();
          resolve(outcomes);
        } else if (found.length > 0) next();
      });
      next();
    });
  }

  async close(): Promise<void> {
    await this.#envoy.close();
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => (this.#upstream ? this.#upstream.close(resolve) : resolve(undefined)));
  }
}

function listener(name: string, path: string, table: unknown): unknown {
  const manager = {
    '@type': hcm,
    stat_prefix: 'test',
    codec_type: 'HTTP1',
    generate_request_id: false,
    skip_xff_append: true,
    // Requests come with an internal address, so that `x-envoy-*` headers of theirs count.
    internal_address_config: { cidr_ranges: [{ address_prefix: '10.0.0.0', prefix_len: 8 }] },
    server_header_transformation: 'PASS_THROUGH',
    route_config: table,
    http_filters: filters.map(([name, type]) => ({
      name: `envoy.filters.http.${name}`,
      typed_config: { '@type': type },
    })),
  };
  const filter = { name: 'envoy.filters.network.http_connection_manager', typed_config: manager };
  return { name, address: { pipe: { path } }, filter_chains: [{ filters: [filter] }] };
}

function cluster(name: string, hostname: string, path: string): unknown {
  const endpoint = { address: { pipe: { path } }, hostname };
  return {
    name,
    type: 'STATIC',
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint }] }] },
  };
}

function requestText({ method, path, host, headers }: RandomRequest): string {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\nx-forwarded-for: 10.0.0.1\r\n${lines}\r\n`;
}

function outcomeOf({ start, headers }: HttpMessage): Outcome {
  const saw = headers.find(([name]) => name === 'x-saw')?.[1];
  return {
    status: Number(start.split(' ')[1]),
    headers: comparable(mapOf(headers)),
    seen: saw === undefined ? undefined : seenBy(saw),
  };
}

function seenBy(saw: string): string[] {
  const message = JSON.parse(Buffer.from(saw, 'base64').toString()) as Pick<HttpMessage, 'start' | 'headers'>;
  return [message.start, ...comparable(mapOf(message.headers))];
}

function mapOf(headers: HttpMessage['headers']): HeaderMap {
  return new HeaderMap(
    headers.map(([name]) => name),
    headers.map(([, value]) => value),
  );
}
