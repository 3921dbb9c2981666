// Hands queries that are not ours to the pod's own resolvers, over UDP or TCP, with time limits and bounded work.
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import { MeshError } from '../../lib/mesh-error.ts';
import { isTruncated } from './dns-message.ts';
import { frameMessage, MessageFramer } from './tcp-framing.ts';

export interface UpstreamOptions {
  /** `host` and `port` of each resolver, asked in this order. */
  readonly servers: readonly { readonly host: string; readonly port: number }[];
  /** For one resolver; the next is asked afterwards. */
  readonly timeoutMs: number;
  /** Further queries fail at once while so many wait. */
  readonly maxInFlight: number;
}

export type Transport = 'udp' | 'tcp';

export class UpstreamResolver {
  readonly #options: UpstreamOptions;
  #inFlight = 0;

  constructor(options: UpstreamOptions) {
    this.#options = options;
  }

  /** The resolver's answer, byte for byte but for the id. Throws a MeshError when none answers in time. */
  async forward(query: Buffer, transport: Transport, signal: AbortSignal): Promise<Buffer> {
    if (this.#inFlight >= this.#options.maxInFlight) {
      throw new MeshError('dns-overload', `${this.#inFlight} queries wait for an answer already`);
    }
    this.#inFlight += 1;
    try {
      return await this.#askEach(query, transport, signal);
    } finally {
      this.#inFlight -= 1;
    }
  }

  async #askEach(query: Buffer, transport: Transport, signal: AbortSignal): Promise<Buffer> {
    let cause: unknown = new MeshError('dns-no-resolver', 'the pod’s resolv.conf names no resolver');
    for (const server of this.#options.servers) {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(this.#options.timeoutMs)]);
      try {
        return await exchange(query, server, transport, limit);
      } catch (error) {
        cause = error;
        if (signal.aborted) break;
      }
    }
    throw new MeshError('dns-upstream', 'no resolver answered', { cause });
  }
}

type Server = { readonly host: string; readonly port: number };

/** A random id of our own, against forged answers; the client gets its own id back. */
async function exchange(query: Buffer, server: Server, transport: Transport, signal: AbortSignal): Promise<Buffer> {
  const sent = Buffer.from(query);
  sent.writeUInt16BE(randomInt(0x10000), 0);
  let answer = await (transport === 'udp' ? overUdp : overTcp)(sent, server, signal);
  if (transport === 'udp' && isTruncated(answer)) {
    // A client that gets a truncated answer asks again over TCP; a whole one may still fit what it takes.
    answer = await overTcp(sent, server, signal).catch(() => answer);
  }
  const restored = Buffer.from(answer);
  query.copy(restored, 0, 0, 2);
  return restored;
}

function isAnswerTo(query: Buffer, answer: Buffer): boolean {
  return answer.length >= 12 && answer.readUInt16BE(0) === query.readUInt16BE(0) && (answer[2]! & 0x80) !== 0;
}

/** A connected socket a query: a port of its own, and only that resolver's packets. */
function overUdp(query: Buffer, server: Server, signal: AbortSignal): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(server.host) ? 'udp6' : 'udp4');
    const finish = (done: () => void) => {
      signal.removeEventListener('abort', onAbort);
      socket.close();
      done();
    };
    const fail = (cause: unknown) => finish(() => reject(subject(server, 'udp', cause)));
    const onAbort = () => fail(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('error', fail);
    socket.on('message', (answer) => {
      if (isAnswerTo(query, answer)) finish(() => resolve(answer));
    });
    socket.connect(server.port, server.host, () => socket.send(query));
  });
}

function overTcp(query: Buffer, server: Server, signal: AbortSignal): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const framer = new MessageFramer();
    const socket = connect({ host: server.host, port: server.port, signal });
    const fail = (cause: unknown) => {
      socket.destroy();
      reject(subject(server, 'tcp', cause));
    };
    socket.once('error', fail);
    socket.once('close', () => fail(new Error('the connection ended without an answer')));
    socket.once('connect', () => socket.write(frameMessage(query)));
    socket.on('data', (chunk) => {
      for (const answer of framer.push(chunk)) {
        if (!isAnswerTo(query, answer)) continue;
        resolve(answer);
        socket.destroy();
      }
    });
  });
}

function subject(server: Server, transport: Transport, cause: unknown): MeshError {
  return new MeshError('dns-upstream', `${transport}://${server.host}:${server.port}`, { cause });
}
