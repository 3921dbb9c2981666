// What proxies see: exportTo, Sidecars, which DestinationRule holds, and that proxies that see the same share one view.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { modelFromYaml, proxyNode } from '../../test/kit/model-from-yaml.ts';
import { createGenerator } from './generate-resources.ts';
import { PrintCache } from './print-cache.ts';
import { typeUrls } from './proxy-resources.ts';
import { createViews } from './proxy-view.ts';
import { createDestinationIndex } from './view/destination-index.ts';
import type { DestinationPolicy } from '../model/traffic-policy.ts';

const service = (name: string, namespace: string, extra = ''): string => `
---
apiVersion: v1
kind: Service
metadata: {name: ${name}, namespace: ${namespace}${extra}}
spec:
  clusterIP: 10.96.${name.length}.${namespace.length}
  selector: {app: ${name}}
  ports: [{name: http, port: 80, targetPort: 8080}]
`;
const exportTo = (value: string): string => `, annotations: {networking.istio.io/exportTo: "${value}"}`;

describe('visible services', () => {
  const model = modelFromYaml(
    [service('open', 'a'), service('private', 'a', exportTo('.')), service('for-b', 'a', exportTo('b'))].join(''),
  );
  const seenFrom = (namespace: string): string[] =>
    createViews(model)(proxyNode({ name: 'x', namespace })).class.services.map(({ name }) => name);

  it('are those exported to the namespace', () => {
    assert.deepEqual(seenFrom('a'), ['private', 'open']);
    assert.deepEqual(seenFrom('b'), ['for-b', 'open']);
    assert.deepEqual(seenFrom('c'), ['open']);
  });
});

describe('views', () => {
  it('are shared by proxies that no selector tells apart', () => {
    const views = createViews(modelFromYaml(service('open', 'a')));
    const first = views(proxyNode({ name: 'x-1', namespace: 'a', labels: { app: 'x', pod: '1' } }));
    const second = views(proxyNode({ name: 'x-2', namespace: 'a', labels: { app: 'x', pod: '2' } }));
    const elsewhere = views(proxyNode({ name: 'x-3', namespace: 'b', labels: { app: 'x', pod: '3' } }));
    assert.equal(first.class, second.class);
    assert.notEqual(first.class, elsewhere.class);
  });

  it('differ for labels that a route table asks for', () => {
    const model = modelFromYaml(`${service('open', 'a')}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: open, namespace: a}
spec:
  hosts: [open]
  http:
  - match: [{sourceLabels: {app: x}}]
    redirect: {uri: /x}
`);
    const views = createViews(model);
    const one = views(proxyNode({ name: '1', namespace: 'a', labels: { app: 'x', pod: '1' } }));
    const other = views(proxyNode({ name: '2', namespace: 'a', labels: { app: 'y', pod: '2' } }));
    assert.notEqual(one.class, other.class);
    assert.deepEqual(one.class.labels, { app: 'x' });
  });

  it('know the ports of the workload that its services send to', () => {
    const views = createViews(modelFromYaml(service('open', 'a')));
    const { targets } = views(proxyNode({ name: 'x', namespace: 'a', labels: { app: 'open' } }));
    assert.deepEqual(
      targets.map(({ service: { name }, port, targetPort }) => [name, port.number, targetPort]),
      [['open', 80, 8080]],
    );
  });
});

describe('generated resources', () => {
  const manifest = service('open', 'a') + service('other', 'a');

  it('are the same bytes for all proxies that see the same', () => {
    const cache = new PrintCache();
    const generate = createGenerator(modelFromYaml(manifest), cache);
    const all = Array.from({ length: 50 }, (_, index) =>
      generate(proxyNode({ name: `x-${index}`, namespace: 'a', address: `10.1.1.${index}` })).of(typeUrls.route),
    );
    assert.equal(new Set(all.map((resources) => resources.get('80'))).size, 1);
    assert.equal(cache.printed, 1);
  });

  it('are not printed again for a model in which they are the same', () => {
    const cache = new PrintCache();
    const node = proxyNode({ name: 'x', namespace: 'a' });
    const before = createGenerator(modelFromYaml(manifest), cache)(node).of(typeUrls.route).get('80');
    const printed = cache.printed;
    const after = createGenerator(
      modelFromYaml(`# a comment\n${manifest}`),
      cache,
    )(node)
      .of(typeUrls.route)
      .get('80');
    assert.equal(after, before);
    assert.equal(cache.printed, printed);
  });
});

describe('destination rules', () => {
  const rule = (namespace: string, host: string, extra: Partial<DestinationPolicy> = {}): DestinationPolicy => ({
    provenance: { resource: { kind: 'DestinationRule', namespace, name: host }, path: '' },
    createdAtMs: 0,
    namespace,
    name: host,
    host,
    exportTo: { all: true },
    workloadSelector: undefined,
    policy: undefined,
    subsets: [],
    ...extra,
  });
  const subset = (name: string): DestinationPolicy['subsets'] => [
    { provenance: rule('x', name).provenance, name, labels: { version: name }, policy: undefined },
  ];
  const find = (rules: DestinationPolicy[], clientNamespace: string, labels = {}): DestinationPolicy | undefined =>
    createDestinationIndex(rules, 'root').find({
      clientNamespace,
      clientLabels: labels,
      hostname: 'r.shop.svc',
      serviceNamespace: 'shop',
    });
  const host = 'r.shop.svc';

  it("prefer the client's namespace, then the service's, then the root's", () => {
    const rules = [rule('root', host), rule('shop', host), rule('client', host)];
    assert.equal(find(rules, 'client')?.namespace, 'client');
    assert.equal(find(rules, 'elsewhere')?.namespace, 'shop');
    assert.equal(find(rules.slice(0, 1), 'elsewhere')?.namespace, 'root');
  });

  it('take the most specific host of a namespace, even where it is not exported', () => {
    assert.equal(find([rule('shop', '*.svc'), rule('shop', '*.shop.svc')], 'x')?.host, '*.shop.svc');
    const hidden = rule('shop', host, { exportTo: { all: false, namespaces: ['y', 'z'] } });
    assert.equal(find([rule('shop', '*.svc'), hidden], 'x'), undefined);
  });

  it('of one host are merged: first policy, all subsets', () => {
    const merged = find(
      [rule('shop', host, { subsets: subset('v1') }), rule('shop', host, { subsets: subset('v2') })],
      'x',
    );
    assert.deepEqual(
      merged?.subsets.map(({ name }) => name),
      ['v1', 'v2'],
    );
  });

  it('with a selector hold for those clients alone', () => {
    const rules = [
      rule('shop', host, { subsets: subset('all') }),
      rule('shop', host, { workloadSelector: { app: 'a' }, subsets: subset('some') }),
    ];
    assert.equal(find(rules, 'shop', { app: 'a' })?.workloadSelector?.['app'], 'a');
    assert.equal(find(rules, 'shop', { app: 'b' })?.workloadSelector, undefined);
    assert.equal(find(rules, 'other', { app: 'a' })?.workloadSelector, undefined);
  });
});

describe('Sidecars', () => {
  const services = [service('one', 'a'), service('two', 'a'), service('three', 'b'), service('four', 'root')].join('');
  const sidecar = (namespace: string, name: string, spec: string): string => `
---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: ${name}, namespace: ${namespace}}
spec: ${spec}
`;
  const seen = (scopes: string, namespace: string, labels = {}): string[] =>
    createViews(modelFromYaml(services + scopes, { rootNamespace: 'root' }))(
      proxyNode({ name: 'x', namespace, labels }),
    ).class.services.map(({ name }) => name);

  it("of the root namespace hold everywhere, and `.` is the proxy's own namespace", () => {
    const scopes = sidecar('root', 'default', '{egress: [{hosts: ["./*"]}]}');
    assert.deepEqual(seen(scopes, 'a'), ['one', 'two']);
    assert.deepEqual(seen(scopes, 'b'), ['three']);
  });

  it("give way to the namespace's, and that to one that selects the workload", () => {
    const scopes =
      sidecar('root', 'default', '{egress: [{hosts: ["./*"]}]}') +
      sidecar('a', 'default', '{egress: [{hosts: ["b/*"]}]}') +
      sidecar('a', 'some', '{workloadSelector: {labels: {app: x}}, egress: [{hosts: ["*/one.a.svc.cluster.local"]}]}');
    assert.deepEqual(seen(scopes, 'a'), ['three']);
    assert.deepEqual(seen(scopes, 'a', { app: 'x' }), ['one']);
    assert.deepEqual(seen(scopes, 'b', { app: 'x' }), ['three']);
  });

  it('import the destinations of the routes that they import', () => {
    const scopes = `${sidecar('a', 'default', '{egress: [{hosts: ["./one.a.svc.cluster.local"]}]}')}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: one, namespace: a}
spec:
  hosts: [one]
  http: [{route: [{destination: {host: three.b.svc.cluster.local, port: {number: 80}}}]}]
`;
    assert.deepEqual(seen(scopes, 'a'), ['one', 'three']);
  });

  it('with a port import only that port of the services that have it', () => {
    const scopes = sidecar('a', 'default', '{egress: [{port: {number: 81, protocol: HTTP, name: x}, hosts: ["*/*"]}]}');
    assert.deepEqual(seen(scopes, 'a'), []);
  });
});
