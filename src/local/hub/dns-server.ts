// Cluster DNS in the hub namespace, UDP and TCP: answers from the zone, hands everything else to the host's resolvers.
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { once } from 'node:events';
import { AUTHORITATIVE_ANSWER, decode, encode, RECURSION_AVAILABLE, TRUNCATED_RESPONSE } from 'dns-packet';
import type { Answer, Packet, Question } from 'dns-packet';
import type { DnsZone } from '../network/dns-zone.ts';
import { lookUp } from '../network/dns-zone.ts';

const ttlSeconds = 5;
const refused = 5;
const nameError = 3;
const serverFailure = 2;
/** What one pod may keep open or under way; all pods share the answers that are left. */
const maxConnections = 256;
const maxQueriesPerConnection = 32;
const maxForwarded = 256;
const maxTcpBytes = 65_535;

/** Resolves with the other resolver's answer, as it came, or `undefined` when there is none. */
export type ForwardQuery = (query: Uint8Array) => Promise<Uint8Array | undefined>;

export class DnsServer {
  readonly #forward: ForwardQuery;
  #forwarded = 0;
  #zone: DnsZone = { domain: 'cluster.local', addresses: {}, aliases: {}, ports: {} };

  constructor(forward: ForwardQuery) {
    this.#forward = forward;
  }

  setZone(zone: DnsZone): void {
    this.#zone = zone;
  }

  async listen(address: string, port: number): Promise<void> {
    const udp = createSocket('udp4');
    udp.on('message', (query, from) => {
      void this.answer(query).then((answer) => {
        // Port 0 cannot be answered. A client that is gone is its own trouble: the empty function takes the error.
        if (answer !== undefined && from.port > 0)
          udp.send(fitUdp(answer, query), from.port, from.address, () => undefined);
      });
    });
    udp.bind(port, address);
    await once(udp, 'listening');
    // From here on an error is one packet's, never the server's.
    udp.on('error', () => undefined);
    const tcp = createServer((socket) => this.#serveTcp(socket));
    tcp.maxConnections = maxConnections;
    tcp.listen(port, address);
    await once(tcp, 'listening');
  }

  /** `undefined` for what is no query: it gets no answer. Never rejects: one pod's packet must not end everybody's DNS. */
  async answer(query: Uint8Array): Promise<Uint8Array | undefined> {
    const packet = decodeQuery(query);
    const question = packet?.questions?.[0];
    if (packet === undefined || question === undefined) return undefined;
    try {
      return await this.#answerQuestion(packet, question);
    } catch {
      // Records that can be read but not written again, or a resolver's answer that is none.
      return failure(query);
    }
  }

  async #answerQuestion(packet: Packet, question: Question): Promise<Uint8Array> {
    const answers: Answer[] = [];
    let { name } = question;
    // An alias may lead to an alias; eight is more than anybody means.
    for (let hops = 0; hops < 8; hops += 1) {
      const found = lookUp(this.#zone, name, question.type);
      if (found.kind === 'alias') {
        answers.push({ type: 'CNAME', name, ttl: ttlSeconds, data: found.target });
        name = found.target;
        continue;
      }
      if (found.kind === 'elsewhere') return this.#elsewhere(packet, name, answers);
      const rcode = found.kind === 'unknown' ? nameError : 0;
      if (found.kind === 'addresses') {
        // Turned round at each question, so that clients that take the first do not all take the same.
        const list = found.addresses.toSorted(() => Math.random() - 0.5);
        for (const data of list) answers.push({ type: 'A', name, ttl: ttlSeconds, data });
      }
      if (found.kind === 'port') {
        const data = { port: found.port, target: found.target, priority: 0, weight: 1 };
        answers.push({ type: 'SRV', name, ttl: ttlSeconds, data });
      }
      return respond(packet, answers, rcode);
    }
    return respond(packet, [], serverFailure);
  }

  async #elsewhere(packet: Packet, name: string, before: Answer[]): Promise<Uint8Array> {
    const [question] = packet.questions ?? [];
    if (question === undefined) return respond(packet, [], refused);
    const asked = encode({ ...packet, type: 'query', questions: [{ ...question, name }], answers: [] });
    if (this.#forwarded >= maxForwarded) return respond(packet, before, serverFailure);
    this.#forwarded += 1;
    const answer = await this.#forward(asked).finally(() => (this.#forwarded -= 1));
    if (answer === undefined) return respond(packet, before, serverFailure);
    if (before.length === 0) return answer;
    const { answers = [], flags = 0 } = decode(Buffer.from(answer));
    return respond(packet, [...before, ...answers], flags % 16);
  }

  #serveTcp(socket: Socket): void {
    let pending = Buffer.alloc(0);
    let waiting = 0;
    socket.setTimeout(10_000, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      // RFC 1035 section 4.2.2: two bytes of length before each message.
      while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
        const end = 2 + pending.readUInt16BE(0);
        const query = pending.subarray(2, end);
        pending = pending.subarray(end);
        waiting += 1;
        if (waiting > maxQueriesPerConnection) return void socket.destroy();
        void this.answer(query).then((answer) => {
          waiting -= 1;
          if (answer === undefined || answer.length > maxTcpBytes || socket.destroyed) return socket.destroy();
          const length = Buffer.alloc(2);
          length.writeUInt16BE(answer.length);
          socket.write(Buffer.concat([length, answer]));
          return undefined;
        });
      }
    });
  }
}

function decodeQuery(query: Uint8Array): Packet | undefined {
  try {
    const packet = decode(Buffer.from(query));
    return packet.type === 'query' ? packet : undefined;
  } catch {
    // Anybody can send anything to a UDP port.
    return undefined;
  }
}

function respond(query: Packet, answers: Answer[], rcode: number): Uint8Array {
  const questions: Question[] = query.questions ?? [];
  const recursionDesired = (query.flags ?? 0) & 0x0100;
  const flags = recursionDesired | RECURSION_AVAILABLE | AUTHORITATIVE_ANSWER | rcode;
  return encode({ type: 'response', id: query.id ?? 0, flags, questions, answers });
}

/** RFC 1035 section 4.2.1 and RFC 6891: what does not fit is cut, and the client comes again over TCP. */
function fitUdp(answer: Uint8Array, query: Uint8Array): Uint8Array {
  const edns = decodeQuery(query)?.additionals?.find((each) => each.type === 'OPT');
  const limit = edns !== undefined && 'udpPayloadSize' in edns ? Math.max(512, Number(edns.udpPayloadSize)) : 512;
  if (answer.length <= limit) return answer;
  try {
    const { id = 0, questions = [], flags = 0 } = decode(Buffer.from(answer));
    return encode({ type: 'response', id, questions, answers: [], flags: flags | TRUNCATED_RESPONSE });
  } catch {
    return failure(query);
  }
}

/** SERVFAIL as the header alone, for a packet whose other parts cannot be repeated (RFC 1035 section 4.1.1). */
function failure(query: Uint8Array): Uint8Array {
  const header = Buffer.alloc(12);
  header.set(query.subarray(0, 2));
  header[2] = 0x80 | ((query[2] ?? 0) & 0x01);
  header[3] = 0x80 | serverFailure;
  return header;
}
