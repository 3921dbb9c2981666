// Carries connections of a published host socket to the gateway's pods, byte by byte, each side at the other's pace.
import { connect } from 'node:net';
import type { Server, Socket } from 'node:net';
import type { Target } from '../network/hub-messages.ts';

export class TcpForwarder {
  readonly #server: Server;
  #targets: readonly Target[] = [];
  #turn = 0;

  constructor(server: Server) {
    this.#server = server;
    // A server that came over the channel has lost this option; a client that has said all still wants its answer.
    Reflect.set(server, 'allowHalfOpen', true);
    server.on('connection', (client) => this.#carry(client));
  }

  setTargets(targets: readonly Target[]): void {
    this.#targets = targets;
  }

  close(): void {
    this.#server.close();
  }

  #carry(client: Socket): void {
    this.#turn += 1;
    const target = this.#targets[this.#turn % Math.max(1, this.#targets.length)];
    client.on('error', () => client.destroy());
    if (target === undefined) {
      client.end(notReady);
      return;
    }
    client.setNoDelay(true);
    const upstream = connect({ host: target.address, port: target.port, noDelay: true, allowHalfOpen: true });
    // `pipe` stops reading from one side while the other cannot take more, and passes a half-close on.
    client.pipe(upstream).pipe(client);
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    upstream.on('error', end);
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroySoon());
  }
}

const text = 'heddle: no ingress gateway pod is ready yet; `heddle get pods -A` shows them\n';
const notReady = `HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain\r\ncontent-length: ${text.length}\r\nconnection: close\r\n\r\n${text}`;
