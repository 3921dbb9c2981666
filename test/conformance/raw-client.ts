// A client on a raw TCP socket: sends what a case says, byte for byte, and records what came back and how it ended.
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Action, Step } from './case.ts';
import { clientHello } from './client-hello.ts';
import { MessageReader, type WireMessage } from './message-reader.ts';
import { bulkBytes, requestBytes, wireBytes } from './wire-text.ts';

export interface ClientResult {
  readonly responses: readonly WireMessage[];
  /** Bytes that are no response: after an upgrade, or all of them where HTTP is not spoken. */
  readonly rest: Buffer;
  readonly connection: 'open' | 'closed' | 'refused';
  readonly port: number;
}

const patienceMs = 6000;
/** How long a connection has to stay open after its last response to count as open. */
const lingerMs = 15;

export class RawClient {
  readonly #socket: Socket;
  readonly #reader: MessageReader;
  readonly #methods: string[] = [];
  #finals = 0;
  #closed = false;
  #refused = false;
  #port = 0;
  #wake = (): void => undefined;

  constructor(host: string, port: number, from: string) {
    this.#reader = new MessageReader({
      of: 'response',
      nextMethod: () => this.#methods.shift(),
      onMessage: ({ start }) => (this.#finals += /^HTTP\/1.\d 1(?!01)/.test(start) ? 0 : 1),
    });
    this.#socket = connect({ host, port, localAddress: from, noDelay: true, allowHalfOpen: true });
    this.#socket.on('connect', () => (this.#port = this.#socket.localPort ?? 0));
    this.#socket.on('data', (chunk) => {
      this.#reader.push(chunk);
      this.#wake();
    });
    this.#socket.on('end', () => this.#end());
    this.#socket.on('close', () => this.#end());
    this.#socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#refused ||= error.code === 'ECONNREFUSED';
      this.#end();
    });
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#reader.finish();
    this.#wake();
  }

  async #until(holds: () => boolean, withinMs: number): Promise<void> {
    const end = Date.now() + withinMs;
    while (!holds() && !this.#closed && Date.now() < end) {
      const woken = new Promise<void>((resolve) => (this.#wake = resolve));
      await Promise.race([woken, sleep(Math.max(1, end - Date.now()), undefined, { ref: false })]);
    }
  }

  async run(step: Step): Promise<ClientResult> {
    const actions = Array.isArray(step.send) ? (step.send as readonly Action[]) : [step.send as Action];
    let expected = 0;
    for (const action of actions) {
      if (typeof action === 'object' && 'wait' in action) await sleep(action.wait);
      else if (typeof action === 'object' && 'responses' in action) await this.#responses(action.responses);
      else if (typeof action === 'object' && 'close' in action) this.#close(action.close);
      else expected += this.#send(action);
    }
    await this.#responses(step.responses ?? expected);
    const says = this.#reader.messages
      .at(-1)
      ?.headers.some(([name, value]) => /^connection$/i.test(name) && /close/i.test(value));
    await this.#until(() => false, step.until === 'close' || says === true ? patienceMs : lingerMs);
    return this.#result();
  }

  /** One request after the other on this connection: for counting. */
  async repeat(step: Step, times: number): Promise<ClientResult> {
    const actions = Array.isArray(step.send) ? (step.send as readonly Action[]) : [step.send as Action];
    for (let count = 1; count <= times && !this.#closed; count++) {
      for (const action of actions) this.#send(action as Exclude<Action, { wait: number }>);
      await this.#responses(count * actions.length);
    }
    return this.#result();
  }

  /** Waits so long for an answer, and leaves the connection open until `finish`. */
  async begin(step: Step, withinMs: number): Promise<void> {
    const actions = Array.isArray(step.send) ? (step.send as readonly Action[]) : [step.send as Action];
    for (const action of actions) this.#send(action);
    await this.#until(() => this.#finals >= actions.length, withinMs);
  }

  finish(): ClientResult {
    return this.#result();
  }

  #result(): ClientResult {
    const connection = this.#refused ? 'refused' : this.#closed ? 'closed' : 'open';
    this.#socket.destroy();
    if (!this.#closed) this.#reader.finish();
    return { responses: this.#reader.messages, rest: this.#reader.rest, connection, port: this.#port };
  }

  #responses(count: number): Promise<void> {
    return this.#until(() => this.#finals >= count, patienceMs);
  }

  /** How many responses it calls for. */
  #send(action: Action): number {
    if (typeof action === 'string') return Math.max(1, this.#write(wireBytes(action)));
    if ('path' in action) {
      this.#methods.push(action.method ?? 'GET');
      this.#socket.write(requestBytes(action));
      return 1;
    }
    if ('hello' in action) this.#socket.write(clientHello(action.hello));
    return 'raw' in action ? this.#write(bulkBytes(action.raw)) : 0;
  }

  #write(bytes: Buffer): number {
    const starts = [...bytes.toString('latin1').matchAll(/^([A-Za-z]+) [^\r\n]* HTTP\/1\.\d/gm)];
    this.#methods.push(...starts.map(([, method = '']) => method));
    this.#socket.write(bytes);
    return starts.length;
  }

  #close(how: 'end' | 'reset'): void {
    if (how === 'reset') this.#socket.resetAndDestroy();
    else this.#socket.end();
  }
}
