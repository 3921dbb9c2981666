// One accepted connection: a raw socket without events or copies on its way, and the sink that takes what is read.
// `onread` is Node's documented way past the 'data' event; the handle that comes from the server's own callback is not
// documented, hence the plain path beside it (`listen-socket.ts`).
import { Socket } from 'node:net';

/** Takes over a connection. Calls never overlap, and none comes after `onClose`. */
export interface ByteSink {
  /** Bytes 0 to `length` of a buffer that the next read overwrites: what is kept has to be copied. */
  onData(buffer: Buffer, length: number): void;
  /** The client sends no more, and may still read. */
  onEnd(): void;
  /** What was written has left: for whoever stopped when `write` gave false. */
  onDrain(): void;
  /** Exactly once. */
  onClose(error: Error | undefined): void;
  /** Where the next read goes, if not into the buffer shared by all. For bytes that are passed on without being read. */
  readBuffer?(): Buffer;
}

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
  readonly acceptedAtMs: number;
}

/** All connections read into it, one after the other. */
const sharedBuffer: Buffer = Buffer.allocUnsafeSlow(64 << 10);

let lastId = 0;

export function nextConnectionId(): number {
  lastId += 1;
  return lastId;
}

const nobody: ByteSink = { onData: noop, onEnd: noop, onDrain: noop, onClose: noop };
function noop(): void {}

export class Downstream {
  readonly socket: Socket;
  /** Set by the listener once it is known, before a filter chain gets the connection. */
  info!: ConnectionInfo;
  /** Whoever has the connection; set by the one who takes it over. */
  sink: ByteSink = nobody;
  /** Connections of a listener that is going away are asked to end after the request that they are in. */
  draining = false;
  /** Called when `draining` begins, for a sink that is idle just then. */
  onDraining: (() => void) | undefined;
  #closed = false;
  #readBuffer: Buffer = sharedBuffer;
  #hasBuffer = false;

  /** `handle` is libuv's, as a server's callback gets it. Nothing is read before `start`. */
  constructor(handle: unknown) {
    this.socket = new Socket({
      handle,
      allowHalfOpen: true,
      onread: { buffer: () => this.#nextBuffer(), callback: (length: number) => this.#onRead(length) },
    } as object);
    this.#listen();
  }

  #listen(): void {
    let failure: Error | undefined;
    this.socket.on('error', (error) => (failure = error));
    this.socket.on('end', () => this.sink.onEnd());
    this.socket.on('drain', () => this.sink.onDrain());
    this.socket.on('close', () => {
      this.#closed = true;
      this.sink.onClose(failure);
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Asked by the socket at its start and after each read; undefined leaves the buffer as it is. */
  #nextBuffer(): Buffer | undefined {
    const next = this.sink.readBuffer?.() ?? sharedBuffer;
    if (next === this.#readBuffer && this.#hasBuffer) return undefined;
    this.#hasBuffer = true;
    this.#readBuffer = next;
    return next;
  }

  #onRead(length: number): boolean {
    this.sink.onData(this.#readBuffer, length);
    return true;
  }

  /** Begins to read. */
  start(): void {
    this.socket.read(0);
  }

  stopReading(): void {
    this.socket.pause();
  }

  resumeReading(): void {
    this.socket.resume();
  }

  drain(): void {
    if (this.draining) return;
    this.draining = true;
    this.onDraining?.();
  }
}
