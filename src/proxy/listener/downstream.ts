// One accepted connection: its socket, and what a filter chain may know of it.
import { RawSocket } from './raw-socket.ts';

export interface Address {
  readonly ip: string;
  readonly port: number;
}

/** What is known of a connection before its first request. */
export interface ConnectionInfo {
  /** Counts up over all connections of the process. */
  readonly id: number;
  readonly remote: Address;
  /** Where the client meant to go: the original destination when it was redirected. */
  readonly local: Address;
  /** Where the socket is in fact, the listener's own address. */
  readonly direct: Address;
  readonly wasRedirected: boolean;
  /** `raw_buffer` or `tls`, as the inspector saw it. */
  readonly transportProtocol: string;
  readonly serverName: string;
  readonly applicationProtocols: readonly string[];
  readonly listener: string;
  /** Since the epoch, with fractions. */
  readonly acceptedAtMs: number;
}

let lastId = 0;

export function nextConnectionId(): number {
  lastId += 1;
  return lastId;
}

export class Downstream extends RawSocket {
  /** Set by the listener once it is known, before a filter chain gets the connection. */
  info!: ConnectionInfo;
  /** Connections of a listener that is going away are asked to end after the request that they are in. */
  draining = false;
  /** Called when `draining` begins, for a sink that is idle just then. */
  onDraining: (() => void) | undefined;

  drain(): void {
    if (this.draining) return;
    this.draining = true;
    this.onDraining?.();
  }
}

/** What a filter chain ends in. It becomes the connection's sink, and may get its first bytes with the next call to `onData`. */
export interface ConnectionHandler {
  take(connection: Downstream): void;
}
