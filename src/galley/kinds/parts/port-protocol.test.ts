// Protocol selection, as Istio's page of that name tells it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Protocol } from '../../../model/service.ts';
import { parseProtocol, protocolOfServicePort } from './port-protocol.ts';

const of = (name: string, extra: { appProtocol?: string; protocol?: string; port?: number } = {}): Protocol =>
  protocolOfServicePort({ name, port: 80, ...extra });

test('the name tells, up to its first dash, in any case', () => {
  const cases: [string, Protocol][] = [
    ['http', 'http'],
    ['http-web', 'http'],
    ['HTTP-web', 'http'],
    ['http2-x', 'http2'],
    ['grpc', 'grpc'],
    ['grpc-web', 'grpc-web'],
    ['grpc-web-x', 'grpc-web'],
    ['grpc-x', 'grpc'],
    ['https-x', 'https'],
    ['tls', 'tls'],
    ['tcp-x', 'tcp'],
    ['mongo', 'mongo'],
    ['redis-cache', 'redis'],
    ['mysql', 'mysql'],
    ['httpx', 'auto'],
    ['web', 'auto'],
    ['', 'auto'],
  ];
  for (const [name, protocol] of cases) assert.equal(of(name), protocol, name);
});

test('appProtocol comes before the name', () => {
  assert.equal(of('tcp', { appProtocol: 'http' }), 'http');
  assert.equal(of('http', { appProtocol: 'kubernetes.io/h2c' }), 'http2');
  assert.equal(of('http', { appProtocol: 'kubernetes.io/ws' }), 'http');
  assert.equal(of('http', { appProtocol: 'kubernetes.io/wss' }), 'https');
  assert.equal(of('http', { appProtocol: 'example.com/own' }), 'auto');
});

test('UDP is UDP, and server-first ports are never sniffed', () => {
  assert.equal(of('http', { protocol: 'UDP' }), 'udp');
  for (const port of [25, 53, 3306, 27017]) assert.equal(of('', { port }), 'tcp');
  assert.equal(of('http', { port: 3306 }), 'http');
});

test('a protocol as ServiceEntry and Gateway write it', () => {
  assert.equal(parseProtocol('GRPC-Web'), 'grpc-web');
  assert.equal(parseProtocol('HTTP_PROXY'), 'http');
  assert.equal(parseProtocol('carrier-pigeon'), 'auto');
});
