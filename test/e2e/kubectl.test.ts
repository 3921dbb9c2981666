// A real kubectl against the embedded API and the controllers: what people type has to work. Pods only pretend to run.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { admissionCheck } from '../../src/galley/admission-check.ts';
import { type ApiServer, createApiServer } from '../../src/galley/api-server/api-server.ts';
import { kubeconfigText } from '../../src/galley/api-server/kubeconfig.ts';
import type { Pod } from '../../src/lib/kubernetes.ts';
import { serviceAddresses } from '../../src/local/controllers/service-addresses.ts';
import { type Controllers, startControllers } from '../../src/local/controllers/start-controllers.ts';

const missing = spawnSync('kubectl', ['version', '--client']).error === undefined ? false : 'kubectl is not installed';

const manifests = `
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80, targetPort: 8080}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: app, image: "app:1", ports: [{containerPort: 8080}]}]
---
apiVersion: networking.istio.io/v1beta1
kind: VirtualService
metadata: {name: web}
spec:
  hosts: [web]
  http: [{route: [{destination: {host: web}}]}]
`;

describe('kubectl', { skip: missing, timeout: 60_000 }, () => {
  let folder: string;
  let api: ApiServer;
  let controllers: Controllers;
  let stopPods: () => void;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'heddle-kubectl-'));
    const mutators = [serviceAddresses('10.96.0.0/16')];
    api = createApiServer({ dbFile: join(folder, 'api.db'), token: 'secret', check: admissionCheck(), mutators });
    controllers = startControllers({ store: api.store });
    stopPods = pretendToRunPods(api);
    const { port } = await api.listen();
    writeFileSync(join(folder, 'kubeconfig'), kubeconfigText({ server: `http://127.0.0.1:${port}`, token: 'secret' }));
  });

  after(async () => {
    stopPods();
    controllers.close();
    await api.close();
    rmSync(folder, { recursive: true });
  });

  function kubectl(args: string, stdin = ''): Promise<{ code: number; out: string; err: string }> {
    return new Promise((resolve) => {
      const all = [
        '--kubeconfig',
        join(folder, 'kubeconfig'),
        '--cache-dir',
        join(folder, 'cache'),
        ...args.split(' '),
      ];
      const child = execFile('kubectl', all, { timeout: 20_000 }, (error, out, err) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : 1, out, err }),
      );
      child.stdin?.end(stdin);
    });
  }

  async function works(args: string, stdin = ''): Promise<string> {
    const { code, out, err } = await kubectl(args, stdin);
    assert.equal(code, 0, `kubectl ${args}: ${err}`);
    return out;
  }

  test('apply creates, then says unchanged, then configured', async () => {
    assert.equal(
      await works('apply -f -', manifests),
      'service/web created\ndeployment.apps/web created\nvirtualservice.networking.istio.io/web created\n',
    );
    assert.equal((await works('apply -f -', manifests)).match(/unchanged/g)?.length, 3);
    assert.match(
      await works('apply -f -', manifests.replace('replicas: 2', 'replicas: 3')),
      /deployment\.apps\/web configured/,
    );
  });

  test('rollout, scale, wait and history', async () => {
    assert.match(await works('rollout status deployment/web'), /successfully rolled out/);
    await works('set image deployment/web app=app:2');
    assert.match(await works('rollout status deployment/web'), /successfully rolled out/);
    assert.match(await works('rollout history deployment/web'), /^2 /m);
    await works('rollout undo deployment/web');
    await works('rollout status deployment/web');
    assert.match(await works('get deployment web -o jsonpath={.spec.template.spec.containers[0].image}'), /^app:1$/);
    await works('scale deployment/web --replicas=1');
    await works('wait --for=condition=Available deployment/web --timeout=15s');
    await works('rollout restart deployment/web');
    assert.match(await works('rollout status deployment/web'), /successfully rolled out/);
  });

  test('get as tables, in other versions, by selector and as YAML', async () => {
    assert.match(await works('get pods'), /^NAME +READY +STATUS +RESTARTS +IP +AGE\nweb-\w+-\w{5} +1\/1 +Running/);
    assert.match(await works('get svc web'), /ClusterIP +10\.96\.\d+\.\d+ +80\/TCP/);
    assert.match(
      await works('get virtualservices.v1alpha3.networking.istio.io web -o yaml'),
      /^apiVersion: networking\.istio\.io\/v1alpha3/,
    );
    assert.match(await works('get vs'), /^web /m);
    assert.equal(await works('get pods -l app=other -o name'), '');
    assert.match(await works('get all'), /deployment\.apps\/web/);
    assert.match(await works('describe deployment web'), /Replicas: +1 desired \| 1 updated \| 1 total \| 1 available/);
  });

  test('patch, label, annotate, replace, server-side apply', async () => {
    await works('label vs web team=a');
    await works('annotate service web note=x');
    await works('patch deployment web -p {"spec":{"template":{"metadata":{"annotations":{"a":"b"}}}}}');
    await works('patch vs web --type merge -p {"spec":{"hosts":["web","other"]}}');
    await works('patch vs web --type json -p [{"op":"remove","path":"/spec/hosts/1"}]');
    await works('apply --server-side -f -', manifests);
    assert.match(await works('get vs web -o jsonpath={.spec.hosts}'), /^\["web"\]$/);
  });

  test('create without a file', async () => {
    await works('create namespace made');
    await works('create configmap settings -n made --from-literal=a=1 --from-literal=b=2');
    await works('create secret generic password -n made --from-literal=p=secret');
    await works('create serviceaccount robot -n made');
    assert.equal(await works('get configmap settings -n made -o jsonpath={.data}'), '{"a":"1","b":"2"}');
    assert.equal(
      await works('get secret password -n made -o jsonpath={.data.p}'),
      Buffer.from('secret').toString('base64'),
    );
    const { err } = await kubectl('create deployment web2 --image=app:1');
    assert.match(err, /Deployment is not read as protobuf here: send JSON/);
  });

  test('an unknown field is refused, as kubectl asks for it', async () => {
    const { code, err } = await kubectl(
      'apply -f -',
      manifests.replace('http: [{route:', 'http: [{timeoutt: 1s, route:'),
    );
    assert.notEqual(code, 0);
    assert.match(err, /strict decoding error: unknown field "spec\.http\[0\]\.timeoutt"/);
  });

  test('what validation refuses reads as from the webhook', async () => {
    const { code, err } = await kubectl(
      'apply --validate=false -f -',
      manifests.replace('http: [{route:', 'http: [{redirect: {}, route:'),
    );
    assert.notEqual(code, 0);
    assert.match(err, /admission webhook "validation\.istio\.io" denied the request/);
  });

  test('delete: by file, a pod that comes back, a namespace with all that is in it', async () => {
    const before = await works('get pods -o name');
    await works(`delete ${before.trim().replaceAll('\n', ' ')}`);
    await works('rollout status deployment/web');
    assert.notEqual(await works('get pods -o name'), before);
    await works('apply -f -', 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n');
    await works('apply -n shop -f -', manifests);
    await works('delete namespace shop');
    assert.doesNotMatch(await works('get ns'), /shop/);
    await works('delete -f -', manifests);
    assert.equal(await works('get pods -o name'), '');
  });
});

/** A runtime without processes: pods get an address at once and are gone at once. */
function pretendToRunPods({ store }: ApiServer): () => void {
  let address = 1;
  return store.watch(
    ({ type, object }) => {
      if (type === 'DELETED') return;
      const pod = object as Pod;
      const ref = { resource: 'pods', namespace: pod.metadata.namespace ?? '', name: pod.metadata.name };
      if (pod.metadata.deletionTimestamp !== undefined) store.delete(ref, { gracePeriodSeconds: 0 });
      else if (pod.status?.podIP === undefined) {
        address += 1;
        const containerStatuses = pod.spec.containers.map(({ name, image = '' }) => ({
          name,
          image,
          ready: true,
          restartCount: 0,
          state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
        }));
        const podIP = `10.244.0.${address}`;
        store.setStatus(ref, {
          phase: 'Running',
          podIP,
          containerStatuses,
          conditions: [{ type: 'Ready', status: 'True' }],
        });
      }
    },
    ['pods'],
  );
}
