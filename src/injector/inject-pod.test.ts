// The injector: which pods get a sidecar, what they look like then, and what is said about annotations that are wrong.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertGolden } from '../../test/kit/golden.ts';
import { formatIssue } from '../lib/issue.ts';
import type { Container, Pod } from '../lib/kubernetes.ts';
import { type Injection, injectPod } from './inject-pod.ts';
import { defaultInjectorConfig, type InjectorConfig } from './injector-config.ts';

interface PodParts {
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
  readonly namespace?: string;
  readonly spec?: Partial<Pod['spec']>;
}

function makePod({ labels = {}, annotations = {}, namespace = 'shop', spec = {} }: PodParts = {}): Pod {
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'reviews-v1-7d9f', uid: 'u', controller: true };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'reviews-v1-7d9f-x2x',
      namespace,
      labels: { app: 'reviews', version: 'v1', 'pod-template-hash': '7d9f', ...labels },
      annotations,
      ownerReferences: [owner],
    },
    spec: {
      serviceAccountName: 'reviews',
      containers: [{ name: 'reviews', image: 'reviews:v1', ports: [{ containerPort: 9080 }] }],
      ...spec,
    },
  };
}

function inject(pod: Pod, namespaceLabels: Record<string, string> = { 'istio-injection': 'enabled' }): Injection {
  return injectPod(pod, { namespaceLabels, config: defaultInjectorConfig });
}

function injected(pod: Pod, config: InjectorConfig = defaultInjectorConfig): Pod {
  const result = injectPod(pod, { namespaceLabels: { 'istio-injection': 'enabled' }, config });
  assert.ok(result.injected, JSON.stringify(result));
  return result.pod;
}

function initContainer(pod: Pod, name: string): Container {
  const found = pod.spec.initContainers?.find((container) => container.name === name);
  assert.ok(found, `no init container ${name}`);
  return found;
}

function envOf(container: Container, name: string): string | undefined {
  return container.env?.find((item) => item.name === name)?.value;
}

test('the injected pod is stable', () => {
  assertGolden(import.meta.url, 'injected-pod.json', `${JSON.stringify(injected(makePod()), null, 2)}\n`);
});

const policy: readonly { case: string; pod: PodParts; namespace: Record<string, string>; injected: boolean }[] = [
  { case: 'labelled namespace', pod: {}, namespace: { 'istio-injection': 'enabled' }, injected: true },
  { case: 'namespace of the default revision', pod: {}, namespace: { 'istio.io/rev': 'default' }, injected: true },
  { case: 'namespace of another revision', pod: {}, namespace: { 'istio.io/rev': 'canary' }, injected: false },
  { case: 'namespace without label', pod: {}, namespace: {}, injected: false },
  {
    case: 'pod that asks by label',
    pod: { labels: { 'sidecar.istio.io/inject': 'true' } },
    namespace: {},
    injected: true,
  },
  {
    case: 'pod that asks by annotation alone, which the webhook never sees',
    pod: { annotations: { 'sidecar.istio.io/inject': 'true' } },
    namespace: {},
    injected: false,
  },
  {
    case: 'pod that asks in a namespace that is switched off',
    pod: { labels: { 'sidecar.istio.io/inject': 'true' } },
    namespace: { 'istio-injection': 'disabled' },
    injected: false,
  },
  {
    case: 'pod that objects by label',
    pod: { labels: { 'sidecar.istio.io/inject': 'false' } },
    namespace: { 'istio-injection': 'enabled' },
    injected: false,
  },
  {
    case: 'pod that objects by annotation',
    pod: { annotations: { 'sidecar.istio.io/inject': 'no' } },
    namespace: { 'istio-injection': 'enabled' },
    injected: false,
  },
  {
    case: 'label before annotation',
    pod: { labels: { 'sidecar.istio.io/inject': 'true' }, annotations: { 'sidecar.istio.io/inject': 'false' } },
    namespace: { 'istio-injection': 'enabled' },
    injected: true,
  },
  {
    case: 'host network',
    pod: { spec: { hostNetwork: true } },
    namespace: { 'istio-injection': 'enabled' },
    injected: false,
  },
  {
    case: 'system namespace',
    pod: { namespace: 'kube-system' },
    namespace: { 'istio-injection': 'enabled' },
    injected: false,
  },
];

for (const { case: name, pod, namespace, injected: expected } of policy) {
  test(`injection policy: ${name}`, () => {
    const result = inject(makePod(pod), namespace);
    assert.equal(result.injected, expected);
    if (!result.injected) assert.ok(result.reason.length > 0);
  });
}

test('an injected pod is not injected again, and the pod that was given stays as it was', () => {
  const pod = makePod();
  const before = structuredClone(pod);
  const once = injected(pod);
  assert.deepEqual(pod, before);
  const twice = inject(once);
  assert.ok(!twice.injected);
  assert.equal(twice.reason, 'already injected');
});

test('the rules come first, then the sidecar, then the pod’s own init containers, which thus have a network', () => {
  const pod = injected(makePod({ spec: { initContainers: [{ name: 'migrate', image: 'x' }] } }));
  assert.deepEqual(
    pod.spec.initContainers?.map(({ name, restartPolicy }) => [name, restartPolicy]),
    [
      ['istio-init', undefined],
      ['istio-proxy', 'Always'],
      ['migrate', undefined],
    ],
  );
  const proxy = initContainer(pod, 'istio-proxy');
  assert.equal(proxy.securityContext?.runAsUser, 1337);
  assert.equal(proxy.startupProbe?.httpGet?.port, 15021);
  assert.equal(envOf(proxy, 'ISTIO_META_WORKLOAD_NAME'), 'reviews-v1');
  assert.equal(envOf(proxy, 'ISTIO_META_OWNER'), 'kubernetes://apis/apps/v1/namespaces/shop/deployments/reviews-v1');
  const init = initContainer(pod, 'istio-init').securityContext;
  assert.deepEqual([init?.runAsUser, init?.capabilities], [0, { add: ['NET_ADMIN', 'NET_RAW'], drop: ['ALL'] }]);
});

test('annotations for ports and ranges end up in the rules', () => {
  const pod = injected(
    makePod({
      annotations: {
        'traffic.sidecar.istio.io/excludeInboundPorts': '9999, 7000',
        'traffic.sidecar.istio.io/includeOutboundIPRanges': '10.0.0.0/8',
        'traffic.sidecar.istio.io/excludeOutboundIPRanges': '10.9.0.0/16',
        'traffic.sidecar.istio.io/excludeOutboundPorts': '3306',
        'traffic.sidecar.istio.io/includeOutboundPorts': '443',
      },
    }),
  );
  const rules = envOf(initContainer(pod, 'istio-init'), 'HEDDLE_REDIRECT_RULES') ?? '';
  for (const line of [
    '-A ISTIO_INBOUND -p tcp --dport 9999 -j RETURN',
    '-A ISTIO_INBOUND -p tcp --dport 7000 -j RETURN',
    '-A ISTIO_OUTPUT -d 10.9.0.0/16 -j RETURN',
    '-A ISTIO_OUTPUT -d 10.0.0.0/8 -j ISTIO_REDIRECT',
    '-A ISTIO_OUTPUT -p tcp --dport 3306 -j RETURN',
    '-A ISTIO_OUTPUT -p tcp --dport 443 -j ISTIO_REDIRECT',
  ]) {
    assert.ok(rules.includes(`${line}\n`), `${line} is missing in\n${rules}`);
  }
});

test('wrong annotations are all named at once, with their paths', () => {
  const result = inject(
    makePod({
      annotations: {
        'traffic.sidecar.istio.io/excludeInboundPorts': '80,http,70000',
        'traffic.sidecar.istio.io/excludeOutboundIPRanges': '*',
        'traffic.sidecar.istio.io/includeOutboundIPRanges': '10.0.0.0',
        'traffic.sidecar.istio.io/kubevirtInterfaces': 'net1',
        'traffic.sidecar.istio.io/excludeOutboundPort': '1',
        'sidecar.istio.io/interceptionMode': 'TPROXY',
        'sidecar.istio.io/proxyCPU': 'lots',
        'sidecar.istio.io/logLevel': 'loud',
        'sidecar.istio.io/userVolume': '{}',
        'sidecar.istio.io/proxyCpuLimit': '1',
        'sidecar.istio.io/rewriteAppHTTPProbers': 'maybe',
        'readiness.status.sidecar.istio.io/periodSeconds': '1s',
        'status.sidecar.istio.io/port': '15999',
        'inject.istio.io/templates': 'custom',
        'proxy.istio.io/config': 'concurency: 2\nconcurrency: many\ndrainDuration: soon\ntracing: {}',
      },
    }),
  );
  assert.ok(!result.injected);
  assertGolden(import.meta.url, 'annotation-issues.txt', `${result.issues.map(formatIssue).join('\n')}\n`);
});

test('proxy.istio.io/config lies over the mesh’s defaults and reaches the proxy', () => {
  const config: InjectorConfig = {
    ...defaultInjectorConfig,
    proxyConfig: { concurrency: 1, drainDuration: '10s', proxyMetadata: { A: 'mesh', B: 'mesh' } },
  };
  const annotations = {
    'proxy.istio.io/config': 'concurrency: 4\nholdApplicationUntilProxyStarts: true\nproxyMetadata: {A: pod}',
  };
  const proxy = initContainer(injected(makePod({ annotations }), config), 'istio-proxy');
  assert.deepEqual(JSON.parse(envOf(proxy, 'PROXY_CONFIG') ?? ''), {
    concurrency: 4,
    drainDuration: '10s',
    holdApplicationUntilProxyStarts: true,
    proxyMetadata: { A: 'pod', B: 'mesh' },
    runtimeValues: {},
  });
  assert.deepEqual([envOf(proxy, 'A'), envOf(proxy, 'B')], ['pod', 'mesh']);
});

test('resources come from annotations, and interception may be switched off', () => {
  const pod = injected(
    makePod({
      annotations: {
        'sidecar.istio.io/proxyCPU': '100m',
        'sidecar.istio.io/proxyMemoryLimit': '256Mi',
        'sidecar.istio.io/interceptionMode': 'NONE',
        'sidecar.istio.io/logLevel': 'debug',
        'sidecar.istio.io/proxyImage': 'my/proxy',
        'readiness.status.sidecar.istio.io/failureThreshold': '9',
      },
    }),
  );
  const proxy = initContainer(pod, 'istio-proxy');
  assert.deepEqual(proxy.resources, { requests: { cpu: '100m' }, limits: { memory: '256Mi' } });
  assert.deepEqual([proxy.image, envOf(proxy, 'HEDDLE_LOG_LEVEL')], ['my/proxy', 'debug']);
  assert.equal(proxy.readinessProbe?.failureThreshold, 9);
  assert.equal(envOf(proxy, 'ISTIO_META_INTERCEPTION_MODE'), 'NONE');
  assert.ok(pod.spec.initContainers?.every(({ name }) => name !== 'istio-init'));
});

test('probes of the application go through the agent, unless its pod says otherwise', () => {
  const containers: Container[] = [{ name: 'app', readinessProbe: { httpGet: { path: '/x', port: 80 } } }];
  const rewritten = injected(makePod({ spec: { containers } }));
  assert.equal(rewritten.spec.containers[0]?.readinessProbe?.httpGet?.path, '/app-health/app/readyz');
  assert.deepEqual(JSON.parse(envOf(initContainer(rewritten, 'istio-proxy'), 'ISTIO_KUBE_APP_PROBERS') ?? ''), {
    '/app-health/app/readyz': { httpGet: { path: '/x', port: 80 }, timeoutSeconds: 1 },
  });
  const annotations = { 'sidecar.istio.io/rewriteAppHTTPProbers': 'false' };
  const kept = injected(makePod({ annotations, spec: { containers } }));
  assert.equal(kept.spec.containers[0]?.readinessProbe?.httpGet?.path, '/x');
});

test('a container named istio-proxy customises the sidecar and becomes it', () => {
  const own: Container = {
    name: 'istio-proxy',
    image: 'auto',
    env: [{ name: 'HEDDLE_LOG_LEVEL', value: 'debug' }],
    volumeMounts: [{ name: 'extra', mountPath: '/extra' }],
  };
  const pod = injected(makePod({ spec: { containers: [{ name: 'reviews', image: 'reviews:v1' }, own] } }));
  assert.deepEqual(
    pod.spec.containers.map(({ name }) => name),
    ['reviews'],
  );
  const proxy = initContainer(pod, 'istio-proxy');
  assert.equal(proxy.image, 'heddle/proxy');
  assert.equal(envOf(proxy, 'HEDDLE_LOG_LEVEL'), 'debug');
  assert.equal(proxy.env?.filter(({ name }) => name === 'HEDDLE_LOG_LEVEL').length, 1);
  assert.ok(proxy.volumeMounts?.some(({ mountPath }) => mountPath === '/extra'));
});

test('a gateway pod is the proxy itself: no rules, no capture, low ports without root', () => {
  const pod = makePod({
    labels: { 'sidecar.istio.io/inject': 'true' },
    annotations: { 'inject.istio.io/templates': 'gateway' },
    spec: { containers: [{ name: 'istio-proxy', image: 'auto' }] },
  });
  const result = inject(pod, {});
  assert.ok(result.injected);
  const [proxy] = result.pod.spec.containers;
  assert.equal(result.pod.spec.initContainers, undefined);
  assert.deepEqual(proxy?.args, ['proxy', 'router']);
  assert.equal(proxy?.image, 'heddle/proxy');
  assert.equal(envOf(proxy!, 'ISTIO_META_DNS_CAPTURE'), undefined);
  assert.deepEqual(result.pod.spec.securityContext?.sysctls, [
    { name: 'net.ipv4.ip_unprivileged_port_start', value: '0' },
  ]);
});
