// Bodies of requests: protobuf of the simple kinds, and garbage.
import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import test from 'node:test';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { ApiError } from './api-error.ts';
import { readProtobufBody } from './protobuf-body.ts';
import { readBody } from './request-body.ts';

function message(fields: Record<number, string | Uint8Array>): Uint8Array {
  const writer = new BinaryWriter();
  for (const [number, value] of Object.entries(fields)) {
    writer.tag(Number(number), WireType.LengthDelimited);
    if (typeof value === 'string') writer.string(value);
    else writer.bytes(value);
  }
  return writer.finish();
}

function envelope(kind: string, object: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from('k8s\0'), message({ 1: message({ 1: 'v1', 2: kind }), 2: object })]);
}

test('a secret with labels and bytes', () => {
  const metadata = message({ 1: 'password', 3: 'shop', 4: 'ignored', 11: message({ 1: 'app', 2: 'web' }) });
  const object = message({ 1: metadata, 2: message({ 1: 'p', 2: Uint8Array.of(0, 255) }), 3: 'Opaque' });
  assert.deepEqual(readProtobufBody(envelope('Secret', object)), {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'password', namespace: 'shop', labels: { app: 'web' } },
    data: { p: 'AP8=' },
    type: 'Opaque',
  });
});

test('other kinds are refused with what to do instead', () => {
  assert.throws(() => readProtobufBody(envelope('Pod', message({}))), /Pod is not read as protobuf here: send JSON/);
});

test('garbage is refused, never thrown on', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (bytes, wrapped) => {
      const body = wrapped ? envelope('ConfigMap', bytes) : Buffer.concat([Buffer.from('k8s\0'), bytes]);
      try {
        readProtobufBody(body);
      } catch (error) {
        assert.ok(error instanceof ApiError);
      }
    }),
  );
  assert.throws(() => readProtobufBody(Buffer.from('k8')), { httpStatus: 400 });
});

test('a YAML body of very many keys does not hold up everybody else', async () => {
  const keys = Array.from({ length: 20_000 }, (_, i) => `k${i}: 1`);
  const request = Object.assign(Readable.from([Buffer.from(`{${keys.join(', ')}}`)]), {
    headers: { 'content-type': 'application/yaml' },
  });
  const start = performance.now();
  const body = await readBody(request as unknown as IncomingMessage);
  assert.equal(Object.keys(Object(body)).length, keys.length);
  // Comparing each key with each took ten times as long.
  assert.ok(performance.now() - start < 3_000);
});
