// Random models for property tests of Pilot: services of every kind and protocol, rules that overlap, odd Sidecars and Gateways.
import fc from 'fast-check';
import type { GatewayTls } from '../../src/model/gateway.ts';
import type { MeshModel } from '../../src/model/mesh-model.ts';
import { defaultMeshSettings } from '../../src/model/mesh-settings.ts';
import type { L4Match, TcpRule, TlsRule, WeightedDestination } from '../../src/model/route-table.ts';
import type { Protocol, Resolution } from '../../src/model/service.ts';
import type { ClientTls, LoadBalancer } from '../../src/model/traffic-policy.ts';
import {
  egress,
  endpoint,
  external,
  gateway,
  ingress,
  makeModel,
  pod,
  policy,
  port,
  server,
  service,
  sidecar,
  table,
  traffic,
} from './model-builder.ts';

/** The proxies of every random model: three sidecars and a gateway. */
export const randomProxies: readonly string[] = ['shop/frontend', 'shop/a-v1', 'shop/b-v1', 'edge/gw'];

const protocols: Protocol[] = ['http', 'http2', 'grpc', 'grpc-web', 'tcp', 'tls', 'https', 'mysql', 'udp', 'auto'];
const onePort = fc
  .tuple(fc.constantFrom(...protocols), fc.constantFrom(80, 443, 9000, 9080))
  .map(([protocol, number]) => port(protocol, number));
const ports = fc.uniqueArray(onePort, { selector: ({ number }) => number, minLength: 1, maxLength: 3 });

const kubernetesService = fc
  .record({ name: fc.constantFrom('a', 'b', 'c'), ports, headless: fc.boolean(), at: fc.integer({ min: 1, max: 3 }) })
  .map(({ name, ports: own, headless, at }) => service(`shop/${name}`, headless ? '' : `10.2.0.${at}`, own));

const resolutions: Resolution[] = ['eds', 'dns', 'dns-round-robin', 'passthrough'];
const externalService = fc
  .record({
    host: fc.constantFrom('a.example', 'b.example', '*.c.example', '*'),
    ports,
    resolution: fc.constantFrom(...resolutions),
    addresses: fc.subarray(['240.0.0.1', '240.0.1.0/24', '240.0.1.9/24', '0.0.0.0/0', '2001:db8::1', '2001:db8::/32']),
  })
  .map(({ host, ports: own, ...parts }) => external(host, own, parts));

const hosts = ['a.shop.svc.cluster.local', 'b.shop.svc.cluster.local', 'a.example', 'b.example', 'nowhere.example'];
const provenance = { resource: { kind: 'VirtualService', namespace: 'shop', name: 'x' }, path: '' };

const destination: fc.Arbitrary<WeightedDestination> = fc
  .record({
    host: fc.constantFrom(...hosts),
    subset: fc.constantFrom('', 'v1'),
    port: fc.constantFrom(undefined, 80, 443),
    weight: fc.integer({ min: 0, max: 100 }),
  })
  .map(({ weight, ...to }) => ({ destination: to, weight, headers: undefined }));
const destinations = fc
  .array(destination, { minLength: 1, maxLength: 3 })
  .filter((all) => all.length === 1 || all.some(({ weight }) => weight > 0));

const l4Match: fc.Arbitrary<L4Match> = fc.record({
  destinationSubnets: fc.subarray(['10.0.0.0/8', '10.1.0.0/8', '240.0.1.0/24', '11.1.1.1']),
  port: fc.constantFrom(undefined, 80, 443, 9000),
  sourceLabels: fc.constantFrom({}, { app: 'a' }),
  sourceNamespace: fc.constantFrom('', 'shop'),
  gateways: fc.constantFrom([], ['mesh'], ['shop/gw']),
});
const tcpRule: fc.Arbitrary<TcpRule> = fc
  .record({ matches: fc.array(l4Match, { maxLength: 2 }), destinations })
  .map((rule) => ({ provenance, ...rule }));
const sniHosts = fc.subarray(['a.example', 'b.example', '*.c.example', 'x.c.example', '*'], { minLength: 1 });
const tlsMatch = fc.tuple(l4Match, sniHosts).map(([match, names]) => ({ ...match, sniHosts: names }));
const tlsRule: fc.Arbitrary<TlsRule> = fc
  .record({ matches: fc.array(tlsMatch, { minLength: 1, maxLength: 3 }), destinations })
  .map((rule) => ({ provenance, ...rule }));

const routeTable = fc
  .record({
    name: fc.constantFrom('x', 'y'),
    hosts: fc.subarray([...hosts, '*.c.example', '*'], { minLength: 1 }),
    gateways: fc.constantFrom(['mesh'], ['mesh', 'shop/gw'], ['shop/gw']),
    tcp: fc.array(tcpRule, { maxLength: 2 }),
    tls: fc.array(tlsRule, { maxLength: 3 }),
  })
  .map(({ name, hosts: own, ...parts }) => table(`shop/${name}`, own, parts));

const balancers: (LoadBalancer | undefined)[] = [
  undefined,
  { kind: 'round-robin' },
  { kind: 'passthrough' },
  {
    kind: 'consistent-hash',
    key: { kind: 'source-ip' },
    algorithm: { kind: 'ring-hash', minimumRingSize: 99_999_999 },
  },
  { kind: 'consistent-hash', key: { kind: 'source-ip' }, algorithm: { kind: 'maglev', tableSize: 65537 } },
];
const modes: ClientTls['mode'][] = ['disable', 'simple', 'mutual', 'istio-mutual'];
const clientTls: fc.Arbitrary<ClientTls> = fc.record({
  mode: fc.constantFrom(...modes),
  sni: fc.constantFrom('', 'sni.example'),
  subjectAltNames: fc.subarray(['san.example', 'spiffe://cluster.local/ns/a/sa/b']),
  insecureSkipVerify: fc.boolean(),
});
const destinationPolicy = fc
  .record({
    host: fc.constantFrom(...hosts),
    loadBalancer: fc.constantFrom(...balancers),
    tls: fc.option(clientTls, { nil: undefined }),
    hasSubset: fc.boolean(),
  })
  .map(({ host, hasSubset, ...parts }) => {
    const v1 = { provenance, name: 'v1', labels: { version: 'v1' }, policy: undefined };
    return policy('shop/rule', host, { policy: traffic(parts), subsets: hasSubset ? [v1] : [] });
  });

const served: Protocol[] = ['http', 'tcp', 'auto', 'grpc'];
const captureMode = fc.constantFrom<'default' | 'none'>('default', 'none');
const egressListener = fc
  .record({
    protocol: fc.constantFrom(...served),
    number: fc.constantFrom(undefined, 80, 9080),
    bind: fc.constantFrom('', '127.0.0.9', 'unix:///tmp/heddle.sock'),
    captureMode,
  })
  .map(({ protocol, number, bind, captureMode: mode }) => {
    const socket = bind.startsWith('unix://');
    if (number === undefined) return egress({ bind: socket ? '' : bind, captureMode: mode });
    return egress({ bind, captureMode: mode, port: { number: socket ? 0 : number, name: 'x', protocol } });
  });
const ingressListener = fc
  .record({
    protocol: fc.constantFrom(...served),
    number: fc.constantFrom(80, 9000),
    defaultEndpoint: fc.constantFrom('', '127.0.0.1:8080', '0.0.0.0:8080', 'unix:///tmp/app.sock', '[::1]:80'),
    captureMode,
  })
  .map(({ protocol, number, ...parts }) => ingress(protocol, number, parts));
const sidecarScope = fc
  .record({
    outboundPolicy: fc.constantFrom(undefined, 'registry-only' as const),
    egress: fc.array(egressListener, { maxLength: 2 }),
    ingress: fc.array(ingressListener, { maxLength: 2 }),
  })
  .map((parts) => sidecar('shop/default', parts));

const serverProtocols = ['http', 'http2', 'grpc', 'tcp', 'tls', 'https'] as const;
const serverModes: (GatewayTls['mode'] | undefined)[] = [undefined, 'passthrough', 'simple'];
const gatewayServer = fc
  .record({
    protocol: fc.constantFrom(...serverProtocols),
    number: fc.constantFrom(80, 443, 31400),
    bind: fc.constantFrom('', '10.1.0.9'),
    host: fc.constantFrom('*', 'a.example'),
    mode: fc.constantFrom(...serverModes),
  })
  .map(({ protocol, number, bind, host, mode }) => {
    const tls = mode && { mode, httpsRedirect: false, credentialName: '' };
    return server(protocol, number, { bind, hosts: [{ namespace: '*', host }], tls });
  });

const settings = fc
  .record({
    accessLogFile: fc.constantFrom('', '/dev/null'),
    accessLogEncoding: fc.constantFrom<'text' | 'json'>('text', 'json'),
    pathNormalization: fc.constantFrom('none', 'base', 'merge-slashes', 'decode-and-merge-slashes'),
    outboundPolicy: fc.constantFrom<'allow-any' | 'registry-only'>('allow-any', 'registry-only'),
  })
  .map((parts) => ({ ...defaultMeshSettings, ...parts }));

export const randomModel: fc.Arbitrary<MeshModel> = fc
  .record({
    settings,
    services: fc.array(fc.oneof(kubernetesService, externalService), { maxLength: 6 }),
    destinationPolicies: fc.array(destinationPolicy, { maxLength: 3 }),
    routeTables: fc.array(routeTable, { maxLength: 3 }),
    sidecarScopes: fc.array(sidecarScope, { maxLength: 1 }),
    servers: fc.array(gatewayServer, { maxLength: 4 }),
    ready: fc.boolean(),
  })
  .map(({ servers, ready, ...parts }) =>
    makeModel({
      ...parts,
      gateways: [gateway('shop/gw', servers)],
      workloads: [
        pod('shop/frontend', '10.1.0.1', { app: 'frontend' }),
        pod('shop/a-v1', '10.1.0.2', { app: 'a', version: 'v1' }, { ready }),
        pod('shop/b-v1', '10.1.0.3', { app: 'b' }),
        pod('edge/gw', '10.1.0.9', { istio: 'ingressgateway' }),
      ],
      endpoints: {
        'shop/a.example': [
          endpoint('240.0.0.9', 'http-80', 80),
          endpoint('c.example', 'http-80', 81),
          endpoint('b.example', 'tcp-9000', 1),
          endpoint('unix:///tmp/a.sock', 'http-80', 0),
        ],
        'shop/b.example': [endpoint('b.example', 'http-80', 80), endpoint('c.example', 'http-80', 80)],
      },
    }),
  );
