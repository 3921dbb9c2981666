// Our small gRPC client against a real gRPC server: messages of all sizes, statuses, and peers that are not there.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Server, ServerCredentials, type ServerDuplexStream, status } from '@grpc/grpc-js';
import fc from 'fast-check';
import { GrpcFrames, GrpcStream } from './grpc-stream.ts';

const through = (bytes: Buffer): Buffer => bytes;
const method = {
  path: '/test.Echo/Talk',
  requestStream: true,
  responseStream: true,
  requestSerialize: through,
  requestDeserialize: through,
  responseSerialize: through,
  responseDeserialize: through,
};

/** Sends every message back; `refuse` ends the call with a status, `bye` without. */
function talk(call: ServerDuplexStream<Buffer, Buffer>): void {
  call.on('error', () => undefined);
  call.on('data', (message: Buffer) => {
    const text = message.length < 20 ? message.toString() : '';
    if (text === 'refuse') call.emit('error', { code: status.RESOURCE_EXHAUSTED, details: 'too much: é' });
    else if (text === 'bye') call.end();
    else call.write(message);
  });
}

describe('a gRPC stream', () => {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-grpc-'));
  const address = `unix:${folder}/sock`;
  const server = new Server({ 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 });
  let port = 0;

  before(async () => {
    server.addService({ Talk: method } as never, { Talk: talk } as never);
    const bind = (to: string): Promise<number> =>
      new Promise((resolve, reject) => {
        server.bindAsync(to, ServerCredentials.createInsecure(), (error, bound) =>
          error === null ? resolve(bound) : reject(error),
        );
      });
    await bind(address);
    port = await bind('127.0.0.1:0');
  });

  after(() => {
    server.forceShutdown();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Collects what comes until `count` messages are there or the stream ends. */
  function open(to: string, count: number) {
    const messages: Buffer[] = [];
    const done = Promise.withResolvers<string>();
    let ends = 0;
    const stream = new GrpcStream({
      address: to,
      method: method.path,
      onMessage: (message) => {
        messages.push(Buffer.from(message));
        if (messages.length === count) done.resolve('enough');
      },
      onEnd: (why) => {
        ends += 1;
        done.resolve(why);
      },
    });
    return { stream, messages, done: done.promise, ends: () => ends };
  }

  for (const kind of ['unix', 'tcp'] as const) {
    test(`messages go both ways in order over ${kind}`, async () => {
      const sent = [0, 1, 100, 20_000, 3_000_000, 5].map((size) => Buffer.alloc(size, size % 251));
      const { stream, messages, done } = open(kind === 'unix' ? address : `127.0.0.1:${port}`, sent.length);
      for (const message of sent) stream.write(message);
      assert.equal(await done, 'enough');
      assert.deepEqual(
        messages.map((message) => message.length),
        sent.map((message) => message.length),
      );
      assert.ok(messages.every((message, index) => message.equals(sent[index]!)));
      stream.close();
    });
  }

  test('a status comes with its words, and the end is told once', async () => {
    const { stream, done, ends } = open(address, 9);
    stream.write(Buffer.from('refuse'));
    assert.equal(await done, 'gRPC status 8: too much: é');
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.equal(ends(), 1);
  });

  test('an orderly end is an end, too', async () => {
    const { stream, done } = open(address, 9);
    stream.write(Buffer.from('bye'));
    assert.equal(await done, 'gRPC status 0: OK');
  });

  test('an unknown method, nobody there, and somebody who speaks no HTTP/2', async () => {
    const unknown = open(address, 1);
    unknown.stream.write(Buffer.from('x'));
    const reasons: string[] = [];
    const nowhere = open(`unix:${folder}/nowhere`, 1);
    reasons.push(await nowhere.done);
    const silly = createServer((socket) => socket.on('error', () => socket.destroy()).end('HTTP/1.0 400 no\r\n\r\n'));
    silly.listen(0, '127.0.0.1');
    await once(silly, 'listening');
    reasons.push(await open(`127.0.0.1:${(silly.address() as { port: number }).port}`, 1).done);
    silly.close();
    unknown.stream.close();
    assert.match(reasons[0]!, /ENOENT/);
    assert.ok(reasons[1]!.length > 0);
  });

  test('after close nothing is told any more', async () => {
    const { stream, messages, ends } = open(address, 1);
    stream.write(Buffer.from('hello'));
    stream.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual([messages.length, ends()], [0, 0]);
  });

  test('an address that is none is refused', () => {
    assert.throws(() => open('somewhere', 1), { code: 'grpc-address' });
  });
});

test('frames come out whole, however the bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 }), fc.array(fc.nat(20)), (bodies, cuts) => {
      const bytes = Buffer.concat(
        bodies.map((body) => {
          const prefix = Buffer.alloc(5);
          prefix.writeUInt32BE(body.length, 1);
          return Buffer.concat([prefix, body]);
        }),
      );
      const frames = new GrpcFrames();
      const found: Buffer[] = [];
      let at = 0;
      for (const size of [...cuts, bytes.length]) {
        found.push(...frames.push(bytes.subarray(at, at + size)));
        at += size;
      }
      assert.deepEqual(
        found.map(String),
        bodies.map((body) => Buffer.from(body).toString()),
      );
    }),
  );
});

test('a compressed or an endless message is an error', () => {
  assert.throws(() => new GrpcFrames().push(Buffer.from([1, 0, 0, 0, 0])), { code: 'grpc' });
  assert.throws(() => new GrpcFrames().push(Buffer.from([0, 0xff, 0, 0, 0])), { code: 'grpc' });
});
