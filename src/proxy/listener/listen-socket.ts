// A bound port. Connections are taken as libuv's handles where Node lets us (`_handle.onconnection`, not documented), which saves
// the sockets that Node would make of them; else as the sockets that `connection` brings.
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { describeError, MeshError } from '../../lib/mesh-error.ts';

export interface ListenSocketOptions {
  readonly host: string;
  readonly port: number;
  readonly backlog: number;
  /** False: in the way that Node documents, as if its internals had changed. */
  readonly takesHandles?: boolean;
  /** `handle` belongs to whoever is called. */
  readonly onConnection: (handle: unknown) => void;
  /** A connection could not be accepted: too many open files, most likely. */
  readonly onError: (error: Error) => void;
}

interface ServerHandle {
  onconnection?: ((status: number, handle: unknown) => void) | undefined;
}

export class ListenSocket {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(options: ListenSocketOptions): Promise<ListenSocket> {
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
    // For a server whose internals changed: its sockets come with their handle, which is all that is wanted of them.
    server.on('connection', (socket) => options.onConnection((socket as unknown as { _handle: unknown })._handle));
    server.on('error', (error) => options.onError(error));
    server.listen({ host: options.host, port: options.port, backlog: options.backlog });
    try {
      await once(server, 'listening');
    } catch (error) {
      server.close();
      throw new MeshError('bind', `cannot listen on ${options.host}:${options.port}: ${describeError(error)}`);
    }
    if (options.takesHandles !== false) takeHandles(server, options);
    return new ListenSocket(server);
  }

  /** No new connections; those that are there stay. */
  close(): void {
    this.#server.close();
  }
}

function takeHandles(server: Server, { onConnection, onError }: ListenSocketOptions): void {
  const handle = (server as unknown as { _handle: ServerHandle | null })._handle;
  if (typeof handle?.onconnection !== 'function') return;
  handle.onconnection = (status, client) => {
    if (status === 0 && client !== undefined) onConnection(client);
    else onError(new MeshError('accept', `a connection could not be accepted (${status})`));
  };
}
