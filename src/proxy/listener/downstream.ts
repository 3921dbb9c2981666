// One accepted connection: its socket, and what a filter chain may know of it.
import { type Address, plainIp } from './address-text.ts';
import { RawSocket } from './raw-socket.ts';

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
  /** The answer to its next request asks it to leave: a client that is idle now may be about to send one. */
  draining = false;
  /** Called when the time to leave is over, for a sink that is idle just then. */
  onDraining: (() => void) | undefined;

  /** False when the client is gone already. */
  hasPeer(): boolean {
    return this.socket.remoteAddress !== undefined;
  }

  remoteAddress(): Address {
    return { ip: plainIp(this.socket.remoteAddress), port: this.socket.remotePort ?? 0 };
  }

  localAddress(): Address {
    return { ip: plainIp(this.socket.localAddress), port: this.socket.localPort ?? 0 };
  }

  /** Of the operating system; -1 when the socket is closed. */
  descriptor(): number {
    return (this.socket as unknown as { _handle: { fd: number } | null })._handle?.fd ?? -1;
  }

  drain(): void {
    this.draining = true;
  }

  /** Idle connections end in order; the others are cut off. */
  endDraining(): void {
    this.drain();
    try {
      this.onDraining?.();
    } catch (error) {
      this.fail(error);
    }
    if (!this.socket.writableEnded) this.socket.destroy();
  }
}

/** What a filter chain ends in. It sets its own sink, and calls `start` when it is ready to read. */
export interface ConnectionHandler {
  take(connection: Downstream): void;
  /** It gets no more connections; those that it has stay. */
  close(): void;
}
