// The DNS proxy beside a workload (port 15053, UDP and TCP): answers the mesh's names, forwards all others.
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { describeError } from '../../lib/mesh-error.ts';
import type { Logger } from '../../telemetry/logger.ts';
import {
  type DnsQuery,
  readQuery,
  recordTypes,
  responseCodes,
  writeAnswer,
  writeError,
  writeFailure,
} from './dns-message.ts';
import type { LookupTable } from './lookup-table.ts';
import { frameMessage, MessageFramer } from './tcp-framing.ts';
import type { Transport, UpstreamResolver } from './upstream-resolver.ts';

/** Short, so that a client that caches still follows changes; Istio's value. */
const ttlSeconds = 30;
const maxTcpConnections = 256;
const maxQueriesPerConnection = 32;
const tcpIdleMs = 10_000;
const maxTcpBytes = 65_535;

export interface DnsServerOptions {
  readonly host: string;
  /** 0 lets the system choose; see `port`. */
  readonly port: number;
  readonly upstream: UpstreamResolver;
  readonly log: Logger;
  /** Uniform in [0, 1): where the round of a name's addresses starts. */
  readonly random?: () => number;
}

export class DnsServer {
  readonly #options: DnsServerOptions;
  readonly #closing = new AbortController();
  readonly #sockets = new Set<Socket>();
  #udp: UdpSocket | undefined;
  #tcp: Server | undefined;
  #table: LookupTable | undefined;

  constructor(options: DnsServerOptions) {
    this.#options = options;
  }

  /** The port that both transports listen on. */
  get port(): number {
    return this.#udp?.address().port ?? 0;
  }

  /** Whether names can be answered: before the first table everything fails, so that nobody gets a wrong answer. */
  get ready(): boolean {
    return this.#table !== undefined;
  }

  update(table: LookupTable): void {
    this.#table = table;
  }

  async listen(): Promise<void> {
    const { host, port, log } = this.#options;
    const udp = createSocket('udp4');
    this.#udp = udp;
    udp.on('message', (packet, from) => void this.#onPacket(udp, packet, from));
    udp.bind(port, host);
    await once(udp, 'listening');
    // From here on an error is one packet's (such as a client that is gone), never the server's.
    udp.on('error', (error) => log.warn('udp', { error: error.message }));
    const tcp = createServer({ allowHalfOpen: true }, (socket) => this.#onConnection(socket));
    tcp.maxConnections = maxTcpConnections;
    this.#tcp = tcp;
    tcp.listen(this.port, host);
    await once(tcp, 'listening');
  }

  async close(): Promise<void> {
    this.#closing.abort();
    for (const socket of this.#sockets) socket.destroy();
    this.#udp?.close();
    if (this.#tcp?.listening === true) {
      this.#tcp.close();
      await once(this.#tcp, 'close');
    }
  }

  async #onPacket(udp: UdpSocket, packet: Buffer, from: { port: number; address: string }): Promise<void> {
    const answer = await this.#answer(packet, 'udp');
    if (answer === undefined || this.#closing.signal.aborted) return;
    // Node throws for it, and nobody could get the answer: a forged packet.
    if (from.port === 0) return;
    udp.send(answer, from.port, from.address, (error) => {
      if (error !== null) this.#options.log.debug('udp answer', { error: error.message });
    });
  }

  #onConnection(socket: Socket): void {
    const framer = new MessageFramer();
    let waiting = 0;
    let ended = false;
    this.#sockets.add(socket);
    socket.setTimeout(tcpIdleMs, () => socket.destroy());
    socket.on('error', (error) => this.#options.log.debug('tcp client', { error: error.message }));
    socket.on('close', () => this.#sockets.delete(socket));
    const serve = async (packet: Buffer) => {
      const answer = await this.#answer(packet, 'tcp');
      waiting -= 1;
      if (answer === undefined) socket.destroy();
      else if (!socket.destroyed) socket.write(frameMessage(answer));
      if (ended && waiting === 0) socket.end();
    };
    // A client may close its side right after its last query; the answers still go out.
    socket.on('end', () => {
      ended = true;
      if (waiting === 0) socket.end();
    });
    socket.on('data', (chunk) => {
      for (const packet of framer.push(chunk)) {
        waiting += 1;
        if (waiting > maxQueriesPerConnection) socket.destroy();
        else void serve(packet);
      }
    });
  }

  /** Never rejects: a query gets an answer, an error code, or (when it is none) nothing. */
  async #answer(packet: Buffer, transport: Transport): Promise<Buffer | undefined> {
    const read = readQuery(packet);
    if (read.kind === 'drop') return undefined;
    if (read.kind === 'refuse') return writeError(packet, read.code);
    const { query } = read;
    if (this.#table === undefined) return writeFailure(query, responseCodes.serverFailure);
    return this.#answerKnown(this.#table, query, transport) ?? (await this.#forward(packet, query, transport));
  }

  #answerKnown(table: LookupTable, query: DnsQuery, transport: Transport): Buffer | undefined {
    if (query.class !== 1 || (query.type !== recordTypes.a && query.type !== recordTypes.aaaa)) return undefined;
    const found = table.find(query.name);
    if (found === undefined) return undefined;
    const addresses = this.#rotate(query.type === recordTypes.a ? found.v4 : found.v6);
    const canonical = found.canonicalName === undefined ? {} : { canonicalName: found.canonicalName };
    const maxBytes = transport === 'udp' ? query.udpBytes : maxTcpBytes;
    return writeAnswer(query, { addresses, ttlSeconds, ...canonical }, maxBytes);
  }

  /** Clients take the first address: each answer starts elsewhere. */
  #rotate(addresses: readonly string[]): readonly string[] {
    if (addresses.length < 2) return addresses;
    const start = Math.floor((this.#options.random ?? Math.random)() * addresses.length);
    return [...addresses.slice(start), ...addresses.slice(0, start)];
  }

  async #forward(packet: Buffer, query: DnsQuery, transport: Transport): Promise<Buffer> {
    try {
      const answer = await this.#options.upstream.forward(packet, transport, this.#closing.signal);
      return transport === 'udp' && answer.length > query.udpBytes ? truncate(query, answer) : answer;
    } catch (error) {
      this.#options.log.debug('forwarding failed', { name: query.name, error: describeError(error) });
      return writeFailure(query, responseCodes.serverFailure);
    }
  }
}

/** The answer's head and question with the truncation bit: the client comes back over TCP. */
function truncate(query: DnsQuery, answer: Buffer): Buffer {
  const head = Buffer.concat([answer.subarray(0, 12), query.questionBytes]);
  head[2] = head[2]! | 0x02;
  head.fill(0, 6, 12);
  return head;
}
