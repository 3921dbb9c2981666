// Addresses are read as gRPC writes them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostPort, parseSocketAddress } from './socket-address.ts';

test('sockets, names and addresses of both families', () => {
  assert.deepEqual(parseSocketAddress('unix:/run/xds.sock'), { path: '/run/xds.sock' });
  assert.deepEqual(parseSocketAddress('unix:///run/xds.sock'), { path: '/run/xds.sock' });
  assert.deepEqual(parseSocketAddress('control.local:15010'), { host: 'control.local', port: 15_010 });
  assert.deepEqual(parseSocketAddress('[::1]:15010'), { host: '::1', port: 15_010 });
});

test('what is none of them', () => {
  for (const text of ['', 'somewhere', ':15010', 'host:', 'host:70000', 'unix:relative']) {
    assert.equal(parseSocketAddress(text), undefined, text);
  }
});

test('written so that they are read again', () => {
  for (const host of ['10.0.0.1', 'control.local', '::1']) {
    assert.deepEqual(parseSocketAddress(hostPort(host, 80)), { host, port: 80 });
  }
});
