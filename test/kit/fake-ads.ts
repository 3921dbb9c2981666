// A control plane that says whatever it is told to, whenever: no order, no waiting, no validity. For what a proxy has to withstand.
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GrpcFrames } from '../../src/lib/grpc-stream.ts';
import {
  type DeltaDiscoveryRequest,
  DeltaDiscoveryRequestSchema,
  DeltaDiscoveryResponseSchema,
} from '../../src/proto/gen/envoy/service/discovery/v3/discovery_pb.ts';
import { type ResourceKind, typeUrls } from '../../src/proxy/xds-client/resource-types.ts';

export class FakeAds {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'heddle-fake-ads-'));
  readonly requests: DeltaDiscoveryRequest[] = [];
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #onRequest: (request: DeltaDiscoveryRequest, ads: FakeAds) => void;
  #server: Http2Server | undefined;
  #stream: ServerHttp2Stream | undefined;
  #nonce = 0;

  constructor(onRequest: (request: DeltaDiscoveryRequest, ads: FakeAds) => void) {
    this.#onRequest = onRequest;
  }

  get address(): string {
    return `unix:${this.folder}/xds.sock`;
  }

  /** What was refused. */
  get refusals(): string[] {
    return this.requests.flatMap(({ errorDetail }) => errorDetail?.message ?? []);
  }

  async start(): Promise<void> {
    const server = createServer();
    this.#server = server;
    server.on('session', (session) => {
      this.#sessions.add(session);
      session.on('close', () => this.#sessions.delete(session));
      session.on('error', () => undefined);
    });
    server.on('stream', (stream) => this.#serve(stream));
    server.listen(`${this.folder}/xds.sock`);
    await once(server, 'listening');
  }

  #serve(stream: ServerHttp2Stream): void {
    const frames = new GrpcFrames();
    this.#stream = stream;
    stream.on('error', () => undefined);
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
    stream.on('data', (chunk: Buffer) => {
      for (const bytes of frames.push(chunk)) {
        const request = fromBinary(DeltaDiscoveryRequestSchema, bytes);
        this.requests.push(request);
        this.#onRequest(request, this);
      }
    });
  }

  send(kind: ResourceKind, resources: Readonly<Record<string, Uint8Array>>, removed: readonly string[] = []): void {
    this.#nonce += 1;
    const typeUrl = typeUrls[kind];
    const response = create(DeltaDiscoveryResponseSchema, {
      typeUrl,
      nonce: String(this.#nonce),
      resources: Object.entries(resources).map(([name, value]) => ({
        name,
        version: String(this.#nonce),
        resource: { typeUrl, value },
      })),
      removedResources: [...removed],
    });
    this.sendBytes(toBinary(DeltaDiscoveryResponseSchema, response));
  }

  /** As a message of the stream, whatever it is. */
  sendBytes(message: Uint8Array): void {
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(message.length, 1);
    this.#stream?.write(Buffer.concat([prefix, message]));
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = once(server, 'close');
    for (const session of this.#sessions) session.destroy();
    server.close();
    await closed;
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
