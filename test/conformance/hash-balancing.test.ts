// Consistent balancing against a live Envoy: the same keys go to the same endpoints, by ring and by Maglev's table.
import assert from 'node:assert/strict';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Endpoint } from '../../src/decide/config/endpoint.ts';
import type { HashPolicy } from '../../src/decide/config/route-action.ts';
import type { Picker } from '../../src/decide/balance/balance-host.ts';
import { Maglev } from '../../src/decide/balance/maglev.ts';
import { RingHash } from '../../src/decide/balance/ring-hash.ts';
import { HeaderMap } from '../../src/decide/header-map.ts';
import { requestHash } from '../../src/decide/route/request-hash.ts';
import { HttpMessages } from '../kit/http-messages.ts';
import { StaticEnvoy } from '../kit/static-envoy.ts';

interface Host {
  readonly key: string;
  readonly activeRequests: number;
  readonly endpoint: Pick<Endpoint, 'weight' | 'health' | 'hostname'>;
}

const weightSets = [
  [1, 1, 1, 1, 1],
  [1, 2, 3, 5, 10],
];
const policies: readonly HashPolicy[] = [
  { kind: 'header', header: 'x-k', rewrite: undefined, terminal: false },
  { kind: 'query-parameter', name: 'q', terminal: false },
  { kind: 'cookie', cookie: 'ck', ttlMs: undefined, path: '', attributes: [], terminal: true },
];
const printedPolicies = [
  { header: { header_name: 'x-k' } },
  { query_parameter: { name: 'q' } },
  { cookie: { name: 'ck' }, terminal: true },
  { header: { header_name: 'x-never' } },
];

interface Request {
  readonly cluster: string;
  readonly path: string;
  readonly headers: readonly (readonly [string, string])[];
}

function makeRequests(cluster: string): Request[] {
  return Array.from({ length: 500 }, (_, at) => ({
    cluster,
    path: at % 5 === 0 ? `/?q=${at}` : '/',
    headers: [
      ['x-k', `key-${at}`],
      ...(at % 3 === 0 ? [['x-k', `another-${at}`] as const] : []),
      ...(at % 2 === 0 ? [['cookie', `a=b; ck=c${at % 7}`] as const] : []),
    ],
  }));
}

describe('consistent balancing as a live Envoy does it', () => {
  const envoy = new StaticEnvoy();
  const servers: Server[] = [];
  const keys: string[] = [];
  const listener = join(envoy.folder, 'l');
  const names = weightSets.flatMap((_, at) => [`ring-${at}`, `maglev-${at}`]);

  before(async () => {
    for (let at = 0; at < 5; at++) {
      const server = createServer((socket) => {
        const messages = new HttpMessages();
        socket.on('error', () => socket.destroy());
        socket.on('data', (chunk: Buffer) => {
          for (let left = messages.push(chunk).length; left > 0; left--) {
            socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 0\r\nx-me: ${keys[at]}\r\n\r\n`);
          }
        });
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      servers.push(server);
      const address = server.address();
      keys.push(`127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
    }
    await envoy.start({ listeners: [printListener(listener)], clusters: names.map(printCluster) }, listener);
  });
  after(async () => {
    await envoy.close();
    for (const server of servers) server.close();
  });

  function printCluster(name: string): unknown {
    const [policy, at] = name.split('-');
    const endpoints = keys.map((key, index) => ({
      endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: Number(key.split(':')[1]) } } },
      load_balancing_weight: weightSets[Number(at)]![index],
    }));
    return {
      name,
      type: 'STATIC',
      lb_policy: policy === 'ring' ? 'RING_HASH' : 'MAGLEV',
      load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: endpoints }] },
    };
  }

  function pickerOf(name: string): Picker<Host> {
    const [policy, at] = name.split('-');
    const hosts = keys.map(
      (key, index): Host => ({
        key,
        activeRequests: 0,
        endpoint: { weight: weightSets[Number(at)]![index]!, health: 'healthy', hostname: '' },
      }),
    );
    return policy === 'ring'
      ? new RingHash(hosts, { minimumRingSize: 1024, maximumRingSize: 8_388_608, useHostname: false })
      : new Maglev(hosts, { tableSize: 65_537, useHostname: false });
  }

  for (const name of names) {
    it(name, async () => {
      const requests = makeRequests(name);
      const picker = pickerOf(name);
      const ours = requests.map(({ path, headers }) => {
        const map = new HeaderMap(
          headers.map(([header]) => header),
          headers.map(([, value]) => value),
        );
        const request = { method: 'GET', path, authority: 'h', scheme: 'http' as const, headers: map };
        const { hash } = requestHash(policies, request, { downstreamRemoteAddress: undefined });
        return picker.pick(Math.random, hash)?.key;
      });
      assert.deepEqual(ours, await ask(listener, requests));
    });
  }
});

function printListener(path: string): unknown {
  const type = 'type.googleapis.com/envoy.extensions.filters';
  const manager = {
    '@type': `${type}.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: 'test',
    codec_type: 'HTTP1',
    route_config: {
      virtual_hosts: [
        {
          name: 'all',
          domains: ['*'],
          routes: [{ match: { prefix: '/' }, route: { cluster_header: 'x-cluster', hash_policy: printedPolicies } }],
        },
      ],
    },
    http_filters: [{ name: 'router', typed_config: { '@type': `${type}.http.router.v3.Router` } }],
  };
  return {
    name: 'l',
    address: { pipe: { path } },
    filter_chains: [{ filters: [{ name: 'http', typed_config: manager }] }],
  };
}

/** One after the other; returns which endpoint each came to. */
function ask(path: string, requests: readonly Request[]): Promise<(string | undefined)[]> {
  const found: (string | undefined)[] = [];
  const messages = new HttpMessages();
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const next = (): void => {
      const { cluster, path: target, headers } = requests[found.length]!;
      const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
      socket.write(`GET ${target} HTTP/1.1\r\nhost: h\r\nx-cluster: ${cluster}\r\n${lines}\r\n`);
    };
    socket.on('error', reject);
    socket.on('data', (chunk: Buffer) => {
      for (const { headers } of messages.push(chunk)) {
        found.push(headers.find(([name]) => name === 'x-me')?.[1]);
        if (found.length < requests.length) next();
      }
      if (found.length < requests.length) return;
      socket.end();
      resolve(found);
    });
    next();
  });
}
