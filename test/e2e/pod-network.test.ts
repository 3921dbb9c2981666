// Services and names as pods without a sidecar have them: kube-proxy's and cluster DNS's work.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { checkout } from '../kit/mesh.ts';
import { eventually, PlainMesh } from '../kit/plain-mesh.ts';

let plain: PlainMesh;
before(async () => void (plain = await PlainMesh.start(join(checkout, 'test/e2e/testdata/pod-network.yaml'))));
after(() => plain?.stop());

const inside = (command: string, pod = 'client'): Promise<string> => plain.inside(pod, command);
const get = (url: string): string => `curl -s -m 3 -w '%{http_code}' ${url}; echo " $?"`;
const resolve = (name: string): string =>
  `node -e 'require("dns").promises.resolve4(process.argv[1]).then((a) => console.log(a.toSorted().join(" ")), (e) => console.log(e.code))' ${name}`;

async function webAddresses(): Promise<string[]> {
  const pods = await plain.mesh.api.list('v1', 'Pod', 'default');
  const web = pods.filter(({ metadata }) => metadata.name.startsWith('web-'));
  return web.map((pod) => (pod['status'] as { podIP: string }).podIP).toSorted();
}

test('a service address spreads connections over its pods', async () => {
  const answers = await inside('for i in $(seq 40); do curl -s -m 3 http://web/; done');
  const names = new Set(answers.split('\n').map((line) => line.split(' ')[0]));
  assert.equal(names.size, 2, answers);
});

test('who calls is seen by its own address, and a pod reaches itself through its service', async () => {
  const client = await plain.pod('client');
  assert.match(
    await inside('curl -s -m 3 http://web/'),
    new RegExp(` ${client?.status?.podIP}$|::ffff:${client?.status?.podIP}$`),
  );
  const web = (await plain.pod('web'))?.metadata.name ?? '';
  const answers = await inside('for i in $(seq 20); do curl -s -m 3 http://web/ || echo failed; done', web);
  assert.doesNotMatch(answers, /failed/);
  assert.match(answers, new RegExp(web));
});

test('a service without endpoints and an unknown port refuse, and 240.0.0.0/4 swallows', async () => {
  assert.match(await inside(get('http://nobody/')), /^000 7$/);
  assert.match(await inside(get('http://web:81/')), /^000 7$/);
  assert.match(await inside('curl -s -m 1 http://240.1.2.3/; echo $?'), /^28$/);
});

test('names: services, headless services, aliases, pods, and what is unknown', async () => {
  const services = await plain.mesh.api.list('v1', 'Service', 'default');
  const web = services.find(({ metadata }) => metadata.name === 'web')?.['spec'] as { clusterIP: string };
  assert.equal(await inside(resolve('web.default.svc.cluster.local')), web.clusterIP);
  assert.equal(await inside(resolve('alias.default.svc.cluster.local')), web.clusterIP);
  assert.equal(await inside(resolve('web-headless.default.svc.cluster.local')), (await webAddresses()).join(' '));
  assert.equal(await inside(resolve('10-1-2-3.default.pod.cluster.local')), '10.1.2.3');
  assert.equal(await inside(resolve('absent.default.svc.cluster.local')), 'ENOTFOUND');
  assert.match(await inside('getent hosts web'), new RegExp(web.clusterIP));
});

test('a ConfigMap adds names, live', async () => {
  const created = await plain.mesh.api.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'heddle-dns', namespace: 'kube-system' },
    data: { hosts: '10.9.8.7 outside.test # a comment\n' },
  });
  assert.equal(created.status, 201);
  await eventually(
    () => inside(resolve('outside.test')),
    (text) => text === '10.9.8.7',
  );
});

test('a pod whose readiness fails leaves its service, and open connections go on', async () => {
  const [first = ''] = await webAddresses();
  const slow = plain.mesh.exec('default/client', ['node', '-e', keepOpen, first]);
  const chunks: string[] = [];
  slow.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  await eventually(
    async () => chunks.join(''),
    (text) => text.includes('200'),
  );
  await inside(`curl -s http://${first}:8080/break`);
  const headless = resolve('web-headless.default.svc.cluster.local');
  await eventually(
    () => inside(headless),
    (text) => !text.split(' ').includes(first),
  );
  const answers = await inside('for i in $(seq 20); do curl -s -m 3 http://web/; done');
  assert.equal(new Set(answers.split('\n').map((line) => line.split(' ')[0])).size, 1, answers);
  const before = chunks.join('').length;
  await eventually(
    async () => chunks.join(''),
    (text) => text.length > before,
  );
  assert.doesNotMatch(chunks.join(''), /closed/);
  slow.kill();
});

/** One connection, kept: asks once in 100 ms and tells when it had to connect anew. */
const keepOpen = `
  const http = require('node:http');
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  let sockets = 0;
  const ask = () => http.get({ host: process.argv[1], port: 8080, agent }, (r) => { r.resume(); console.log(r.statusCode); setTimeout(ask, 100); })
    .on('socket', (s) => { if (!s.seen && (s.seen = true) && ++sockets > 1) console.log('closed'); })
    .on('error', () => console.log('closed'));
  ask();
`;
