// The proxy's own answers, to clients of each kind.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { request } from '../../test/kit/decide-kit.ts';
import { HeaderMap } from './header-map.ts';
import { completeReply } from './local-reply.ts';

const grpc = request('/', { 'content-type': 'application/grpc' });

function completed(to: Parameters<typeof completeReply>[0], body: string, headers: Record<string, string> = {}) {
  const map = HeaderMap.of(headers);
  const reply = completeReply(to, { status: 503, headers: map, body: Buffer.from(body) });
  const text = reply.body && Buffer.from(reply.body).toString();
  return [reply.status, Object.fromEntries(map.names.map((name, at) => [name, map.values[at]])), text];
}

describe('a local reply', () => {
  it('has the type and the length of its body', () => {
    assert.deepEqual(completed(request(), 'é'), [503, { 'content-length': '2', 'content-type': 'text/plain' }, 'é']);
    const own = { 'content-type': 'text/html', 'content-length': '9' };
    assert.deepEqual(completed(request(), 'no', own), [
      503,
      { 'content-type': 'text/html', 'content-length': '2' },
      'no',
    ]);
    assert.deepEqual(completed(request(), '', own), [503, {}, undefined]);
  });

  it('has only the length of a body that HEAD does not get', () => {
    const [, headers, body] = completed({ ...request(), method: 'HEAD' }, 'no');
    assert.deepEqual([headers, body], [{ 'content-length': '2', 'content-type': 'text/plain' }, undefined]);
  });

  it('tells gRPC clients in headers', () => {
    const headers = { 'content-type': 'application/grpc', 'grpc-status': '14', 'grpc-message': 'a%0A%25 %C3%A9' };
    assert.deepEqual(completed(grpc, 'a\n% é'), [200, headers, undefined]);
    const own = { 'content-type': 'text/html', 'content-length': '1', 'grpc-status': '9' };
    const kept = { 'content-type': 'application/grpc', 'grpc-status': '9' };
    assert.deepEqual(completed(grpc, '', own), [200, kept, undefined]);
    assert.deepEqual(completed({ ...grpc, method: 'HEAD' }, 'no', { 'grpc-status': '9' })[1], {
      'grpc-status': '9',
      'content-type': 'application/grpc',
    });
  });
});
