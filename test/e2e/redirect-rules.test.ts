// The redirect rules in a real kernel: real sockets of an application, of the proxy and of a neighbour show who is
// intercepted and who is not.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { after, before, describe, test } from 'node:test';
import { injectPod } from '../../src/injector/inject-pod.ts';
import { defaultInjectorConfig } from '../../src/injector/injector-config.ts';
import { printIptables } from '../../src/injector/print-iptables.ts';
import { defaultRedirectSettings, redirectRules } from '../../src/injector/redirect-rules.ts';
import type { Pod } from '../../src/lib/kubernetes.ts';
import { type Identity, NetNamespace } from '../kit/net-namespace.ts';

const probe = fileURLToPath(new URL('../kit/socket-probe.js', import.meta.url));
const podAddress = '10.211.0.2';
const peerAddress = '10.211.0.3';
const proxy: Identity = { uid: 1337, gid: 1337 };
const application: Identity = { uid: 1000, gid: 1000 };

interface Target {
  readonly host: string;
  readonly port: number;
  readonly udp?: boolean;
  readonly local?: string;
}

/** The init container of an injected pod: its command and its rules, as a kubelet would run it. */
function initContainer(annotations: Record<string, string>): { command: string[]; rules: string } {
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'a', namespace: 'shop', annotations },
    spec: { containers: [{ name: 'app', image: 'app' }] },
  };
  const result = injectPod(pod, { namespaceLabels: { 'istio-injection': 'enabled' }, config: defaultInjectorConfig });
  assert.ok(result.injected);
  const init = result.pod.spec.initContainers?.find(({ name }) => name === 'istio-init');
  return { command: init?.command ?? [], rules: init?.env?.[0]?.value ?? '' };
}

describe('redirect rules', () => {
  let pod: NetNamespace;
  let peer: NetNamespace;

  function runInit(annotations: Record<string, string>): void {
    const { command, rules } = initContainer(annotations);
    pod.run(['env', `HEDDLE_REDIRECT_RULES=${rules}`, ...command]);
  }

  async function listen(where: NetNamespace, order: object, identity: Identity): Promise<void> {
    const child = where.start([process.execPath, probe, JSON.stringify(order)], { identity });
    const errors: Buffer[] = [];
    child.stderr!.on('data', (chunk: Buffer) => errors.push(chunk));
    const failed = once(child, 'close').then(() => assert.fail(Buffer.concat(errors).toString()));
    await Promise.race([once(child.stdout!, 'data'), failed]);
    failed.catch(() => undefined); // ends with the namespace later on
  }

  async function dial(where: NetNamespace, identity: Identity, ...targets: Target[]): Promise<string[]> {
    const child = where.start([process.execPath, probe, JSON.stringify({ dial: targets })], { identity });
    const chunks: Buffer[] = [];
    child.stdout!.on('data', (chunk: Buffer) => chunks.push(chunk));
    await once(child, 'close');
    return JSON.parse(Buffer.concat(chunks).toString()) as string[];
  }

  before(async () => {
    pod = new NetNamespace();
    peer = new NetNamespace();
    pod.connect(peer, podAddress, peerAddress);
    await Promise.all([
      listen(pod, { listen: [15001, 15006, 15020, 15021, 15090] }, proxy),
      listen(pod, { listen: [15053], udp: [15053], host: '127.0.0.1' }, proxy),
      listen(pod, { listen: [8080, 9999] }, application),
      listen(peer, { listen: [53, 80, 3306], udp: [53, 5353] }, { uid: 0, gid: 0 }),
    ]);
    runInit({
      'traffic.sidecar.istio.io/excludeInboundPorts': '9999',
      'traffic.sidecar.istio.io/excludeOutboundPorts': '3306',
      'traffic.sidecar.istio.io/excludeOutboundIPRanges': '10.212.0.0/16',
    });
  });

  after(() => {
    pod?.close();
    peer?.close();
  });

  test('what an application sends goes to the proxy, wherever it is meant to go', async () => {
    const answers = await dial(
      pod,
      application,
      { host: peerAddress, port: 80 },
      { host: '10.96.0.10', port: 9080 },
      { host: '127.0.0.2', port: 80 },
    );
    assert.deepEqual(answers, ['tcp 15001', 'tcp 15001', 'ECONNREFUSED']);
  });

  test('excluded ports and ranges, and what stays within the pod, do not', async () => {
    const [excludedPort, loopback, ownAddress] = await dial(
      pod,
      application,
      { host: peerAddress, port: 3306 },
      { host: '127.0.0.1', port: 8080 },
      { host: podAddress, port: 8080 },
    );
    assert.deepEqual([excludedPort, loopback, ownAddress], ['tcp 3306', 'tcp 8080', 'tcp 8080']);
  });

  test('DNS goes to the agent, over UDP and TCP, whichever resolver is asked', async () => {
    const answers = await dial(
      pod,
      application,
      { host: peerAddress, port: 53, udp: true },
      { host: '10.96.0.10', port: 53, udp: true },
      { host: '127.0.0.1', port: 53, udp: true },
      { host: peerAddress, port: 53 },
      { host: '127.0.0.1', port: 53 },
      { host: peerAddress, port: 5353, udp: true },
    );
    assert.deepEqual(answers, ['udp 15053', 'udp 15053', 'udp 15053', 'tcp 15053', 'tcp 15053', 'udp 5353']);
  });

  test('the proxy itself is exempt, also when it asks the resolver', async () => {
    const answers = await dial(
      pod,
      proxy,
      { host: peerAddress, port: 80 },
      { host: peerAddress, port: 53, udp: true },
      { host: peerAddress, port: 53 },
      { host: '127.0.0.1', port: 8080 },
    );
    assert.deepEqual(answers, ['tcp 80', 'udp 53', 'tcp 53', 'tcp 8080']);
  });

  test('the proxy reaches its own pod through the inbound side, but not when it hands traffic over', async () => {
    const answers = await dial(
      pod,
      proxy,
      { host: podAddress, port: 8080 },
      { host: podAddress, port: 8080, local: '127.0.0.6' },
    );
    assert.deepEqual(answers, ['tcp 15006', 'tcp 8080']);
  });

  test('what comes in goes to the proxy, but for excluded ports and the sidecar’s own', async () => {
    const ports = [8080, 7, 9999, 15020, 15021, 15090];
    const answers = await dial(peer, application, ...ports.map((port) => ({ host: podAddress, port })));
    assert.deepEqual(answers, ['tcp 15006', 'tcp 15006', 'tcp 9999', 'tcp 15020', 'tcp 15021', 'tcp 15090']);
  });

  test('running the init container again changes nothing', async () => {
    const saved = (): string[] =>
      pod
        .run(['iptables-save', '-t', 'nat'])
        .split('\n')
        .filter((line) => line.startsWith('-A ISTIO'));
    const before = saved();
    runInit({
      'traffic.sidecar.istio.io/excludeInboundPorts': '9999',
      'traffic.sidecar.istio.io/excludeOutboundPorts': '3306',
      'traffic.sidecar.istio.io/excludeOutboundIPRanges': '10.212.0.0/16',
    });
    assert.deepEqual(saved(), before);
    assert.deepEqual(await dial(pod, application, { host: peerAddress, port: 80 }), ['tcp 15001']);
  });

  test('a query from a port that an application has just used still reaches the resolver', async () => {
    // Connection tracking would otherwise redirect the agent to itself; see the two zones in the rules.
    const script = `
      const { createSocket } = require('node:dgram');
      const socket = createSocket('udp4');
      socket.on('message', (answer) => { process.stdout.write(answer.toString()); process.exit(0); });
      socket.bind(40053, () => socket.send('hello', 53, '${peerAddress}'));
      setTimeout(() => process.exit(1), 5000);`;
    const as = (identity: Identity): string =>
      pod.run([
        'setpriv',
        '--reuid',
        String(identity.uid),
        '--regid',
        String(identity.gid),
        '--clear-groups',
        '--',
        process.execPath,
        '-e',
        script,
      ]);
    assert.equal(as(application), 'udp 15053');
    assert.equal(as(proxy), 'udp 53');
  });

  test('with the rules removed nothing is intercepted', async () => {
    pod.run(['iptables', '-t', 'nat', '-F']);
    assert.deepEqual(await dial(pod, application, { host: peerAddress, port: 80 }), ['tcp 80']);
    assert.deepEqual(await dial(peer, application, { host: podAddress, port: 8080 }), ['tcp 8080']);
  });

  test('the IPv6 text is taken by ip6tables-restore', () => {
    const text = printIptables(redirectRules(defaultRedirectSettings, 'v6'));
    pod.run(['ip6tables-restore', '--test', '--noflush'], text);
  });
});
