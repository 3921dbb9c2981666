// A backend on a raw TCP socket: records exactly what it saw, and answers as the case says, down to delays and resets.
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, AnswerPart, BackendScript } from './case.ts';
import { MessageReader, type WireMessage } from './message-reader.ts';
import { bulkBytes, message, wireBytes } from './wire-text.ts';

export interface SeenRequest {
  readonly backend: string;
  /** Which connection to this backend, from 1. */
  readonly connection: number;
  readonly message: WireMessage;
  /** Bytes after an upgrade; for a backend that is not HTTP, all of them. */
  readonly rest: () => Buffer;
}

export class RawBackend {
  readonly name: string;
  readonly seen: SeenRequest[] = [];
  /** Ports that the proxy came from, as they stand in its logs. */
  readonly peers = new Set<number>();
  readonly #script: BackendScript;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #answered = 0;
  #connections = 0;

  constructor(name: string, script: BackendScript) {
    this.name = name;
    this.#script = script;
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => this.#serve(socket));
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** What was seen since the last call. */
  take(): SeenRequest[] {
    return this.seen.splice(0);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    this.#connections += 1;
    this.peers.add(socket.remotePort ?? 0);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
    if (this.#script.greeting) void play(socket, this.#script.greeting);
    if (this.#script.tcp) this.#serveTcp(socket, this.#script.tcp);
    else this.#serveHttp(socket);
  }

  #serveTcp(socket: Socket, parts: readonly AnswerPart[]): void {
    const seen: WireMessage = { start: '', headers: [], body: Buffer.alloc(0), trailers: [], complete: true };
    this.seen.push({ backend: this.name, connection: this.#connections, message: seen, rest: () => seen.body });
    socket.on('data', (chunk) => {
      if (seen.body.length === 0) void play(socket, parts);
      seen.body = Buffer.concat([seen.body, chunk]);
    });
    if (this.#script.staysOpen !== true) socket.on('end', () => socket.end());
  }

  #serveHttp(socket: Socket): void {
    const connection = this.#connections;
    /** Answers on one connection go out one after the other. */
    let turn = Promise.resolve();
    const answer = (at: 'head' | 'end'): void => {
      const next = this.#next();
      if ((next.at ?? 'end') !== at) return;
      this.#answered += 1;
      turn = turn.then(() => play(socket, next.parts));
    };
    let early = false;
    const reader = new MessageReader({
      of: 'request',
      onHead: (seen) => {
        this.seen.push({ backend: this.name, connection, message: seen, rest: () => reader.rest });
        early = this.#next().at === 'head';
        answer('head');
      },
      onMessage: () => {
        if (!early) answer('end');
      },
    });
    socket.on('data', (chunk) => reader.push(chunk));
    socket.on('end', () => {
      reader.finish();
      socket.end();
    });
  }

  #next(): Answer {
    const { answers = [] } = this.#script;
    const found = answers[Math.min(this.#answered, answers.length - 1)];
    if (found === undefined) return { parts: [{ status: 200, body: this.name }] };
    if (Array.isArray(found)) return { parts: found as readonly AnswerPart[] };
    return typeof found === 'object' && 'parts' in found ? found : { parts: [found as AnswerPart] };
  }
}

async function play(socket: Socket, parts: readonly AnswerPart[]): Promise<void> {
  for (const part of parts) {
    if (socket.destroyed) return;
    if (typeof part === 'string') socket.write(wireBytes(part));
    else if ('wait' in part) await sleep(part.wait);
    else if ('raw' in part) socket.write(bulkBytes(part.raw));
    else if ('status' in part) socket.write(message(`HTTP/1.1 ${part.status} X`, part.headers, part.body ?? ''));
    else if (part.close === 'reset') socket.resetAndDestroy();
    else socket.end();
  }
}
