// apply, get and delete against the embedded API, as a user runs them.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { afterEach, beforeEach } from 'node:test';
import type { Command } from 'commander';
import { admissionCheck } from '../galley/admission-check.ts';
import { type ApiServer, createApiServer } from '../galley/api-server/api-server.ts';
import { kubeconfigText } from '../galley/api-server/kubeconfig.ts';
import { applyCommand } from './apply.ts';
import type { CommandStreams } from './command-options.ts';
import { deleteCommand } from './delete.ts';
import { getCommand } from './get.ts';

let folder: string;
let api: ApiServer;
let control: Server | undefined;
let waits: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-cli-'));
  api = createApiServer({ dbFile: ':memory:', token: 'secret', check: admissionCheck({ unknownFields: 'warning' }) });
  const { port } = await api.listen();
  writeFileSync(join(folder, 'kubeconfig'), kubeconfigText({ server: `http://127.0.0.1:${port}`, token: 'secret' }));
  waits = [];
});

afterEach(async () => {
  control?.close();
  control = undefined;
  await api.close();
  rmSync(folder, { recursive: true });
});

interface Run {
  readonly out: string;
  readonly err: string;
  /** The message of what the command threw: main prints it and exits with 1. */
  readonly failure: string;
}

async function run(
  make: (streams: CommandStreams) => Command,
  args: readonly string[],
  stdin = '',
  onOut = (_text: string): unknown => undefined,
): Promise<Run> {
  const out: string[] = [];
  const err: string[] = [];
  const streams: CommandStreams = {
    stdin: (async function* () {
      yield await Promise.resolve(stdin);
    })(),
    stdout: {
      write: (text) => {
        out.push(text);
        onOut(text);
      },
    },
    stderr: { write: (text) => err.push(text) },
  };
  const command = make(streams)
    .exitOverride()
    .configureOutput({ writeErr: (text) => void err.push(text), writeOut: (text) => void out.push(text) });
  let failure = '';
  try {
    await command.parseAsync([...args, '--state', folder], { from: 'user' });
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
  }
  return { out: out.join(''), err: err.join(''), failure };
}

const apply = (args: readonly string[], stdin?: string): Promise<Run> => run(applyCommand, args, stdin);
const get = (...args: string[]): Promise<Run> => run(getCommand, args);
const remove = (args: readonly string[], stdin?: string): Promise<Run> => run(deleteCommand, args, stdin);

const reviews = `
apiVersion: networking.istio.io/v1alpha3
kind: VirtualService
metadata:
  name: reviews
spec:
  hosts: [reviews]
  http:
  - route:
    - destination: {host: reviews, subset: v1}
`;

const subsets = `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews}
spec: {host: reviews, subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]}
`;

const service = `
apiVersion: v1
kind: Service
metadata: {name: web, labels: {app: web}}
spec:
  selector: {app: web}
  ports:
  - {name: http, port: 80}
  - {name: admin, port: 81}
`;

test('apply says what became of each document', async () => {
  const hosts = service.replaceAll('web', 'reviews');
  await apply(['-f', '-'], `${hosts}---\n${subsets}`);
  assert.deepEqual(await apply(['-f', '-'], reviews), {
    out: 'virtualservice.networking.istio.io/reviews created\n',
    err: '',
    failure: '',
  });
  assert.equal((await apply(['-f', '-'], reviews)).out, 'virtualservice.networking.istio.io/reviews unchanged\n');
  assert.equal(
    (await apply(['-f', '-'], `# a comment\n${reviews}`)).out,
    'virtualservice.networking.istio.io/reviews unchanged\n',
  );
  const changed = await apply(['-f', '-'], reviews.replace('v1}', 'v2}'));
  assert.equal(changed.out, 'virtualservice.networking.istio.io/reviews configured\n');
});

test('namespaces come before what is in them, whatever the order of the documents', async () => {
  const text = `${reviews.replace('name: reviews', 'name: reviews\n  namespace: shop')}---\n{apiVersion: v1, kind: Namespace, metadata: {name: shop}}\n`;
  const { out, failure } = await apply(['-f', '-'], text);
  assert.equal(failure, '');
  assert.equal(out, 'namespace/shop created\nvirtualservice.networking.istio.io/reviews created\n');
});

test('what the manifest no longer says goes, what others added stays', async () => {
  await apply(['-f', '-'], service);
  api.store.modify({ resource: 'services', namespace: 'default', name: 'web' }, (object) => {
    object.metadata.annotations = { ...object.metadata.annotations, 'other/tool': 'was here' };
    Object.assign(object['spec'] ?? {}, { clusterIP: '10.96.1.1' });
  });
  const { out } = await apply(
    ['-f', '-'],
    service.replace('  - {name: admin, port: 81}\n', '').replace(', labels: {app: web}', ''),
  );
  assert.equal(out, 'service/web configured\n');
  const object = api.store.get('services', 'default', 'web');
  assert.equal(object?.metadata.annotations?.['other/tool'], 'was here');
  assert.deepEqual(object.metadata.labels ?? {}, {});
  assert.partialDeepStrictEqual(object['spec'], {
    clusterIP: '10.96.1.1',
    ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 80 }],
  });
});

test('all problems of all files are told at once with their places, and nothing is applied', async () => {
  const first = join(folder, 'a.yaml');
  const second = join(folder, 'b.yaml');
  writeFileSync(first, reviews.replace('subset: v1', 'subsett: v1').replace('  hosts: [reviews]\n', ''));
  writeFileSync(second, `${service}---\n{apiVersion: v1, kind: Sevrice, metadata: {name: x}}\n`);
  const { out, err, failure } = await apply(['-f', first, second]);
  assert.equal(out, '');
  assert.match(err, /a\.yaml:9:36: error: spec\.http\[0\]\.route\[0\]\.destination\.subsett: .*subset/);
  assert.match(err, /b\.yaml:11:24: error: .*did you mean .*Service/);
  assert.match(failure, /problems; nothing was applied/);
  assert.equal(api.store.get('services', 'default', 'web'), undefined);
});

test("a refusal of the server's is told with the place in the file; the other documents are applied", async () => {
  const file = join(folder, 'c.yaml');
  writeFileSync(file, `${service.replace('{name: web,', '{name: web, namespace: nowhere,')}---\n${reviews}`);
  const { out, err, failure } = await apply(['-f', file]);
  assert.equal(out, 'virtualservice.networking.istio.io/reviews created\n');
  assert.match(
    err,
    /c\.yaml:4:23: error: metadata\.namespace: Service web: namespaces "nowhere" not found \(create the namespace first/,
  );
  assert.equal(failure, '1 of 2 documents were refused; the others were applied');
});

test('references that lead nowhere are told with their places, until what they name is there', async () => {
  const first = await apply(['-f', '-'], reviews);
  assert.equal(first.failure, '');
  assert.match(
    first.err,
    /stdin:7:11: warning: spec\.hosts\[0\]: there is no service reviews\.default\.svc\.cluster\.local/,
  );
  const rule = `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews}
spec: {host: reviews, subsets: [{name: v2, labels: {version: v2}}]}
`;
  const named = service.replaceAll('web', 'reviews');
  const second = await apply(['-f', '-'], [reviews, named, rule].join('---\n'));
  assert.match(
    second.err,
    /^stdin:10:44: warning: .*no DestinationRule for reviews\.default\.svc\.cluster\.local has a subset `v1`\n$/,
  );
  assert.equal((await apply(['-f', '-'], rule.replaceAll('v2', 'v1'))).err, '');
  assert.equal((await apply(['-f', '-'], reviews)).err, '');
});

test('-n places documents; one that is elsewhere is refused', async () => {
  await apply(['-f', '-'], '{apiVersion: v1, kind: Namespace, metadata: {name: shop}}');
  assert.equal((await apply(['-n', 'shop', '-f', '-'], reviews)).failure, '');
  assert.ok(api.store.get('virtualservices.networking.istio.io', 'shop', 'reviews'));
  const elsewhere = await apply(
    ['-n', 'other', '-f', '-'],
    reviews.replace('name: reviews', 'name: reviews\n  namespace: shop'),
  );
  assert.match(elsewhere.err, /stdin:6:3: error: metadata\.namespace: the document is in namespace shop/);
});

test('--wait asks the control plane about the newest resourceVersion', async () => {
  control = createServer((request, response) => {
    waits.push(request.url ?? '');
    response.writeHead(waits.length === 1 ? 200 : 504).end();
  });
  await new Promise<void>((resolve) => control?.listen(join(folder, 'control.sock'), resolve));
  assert.equal((await apply(['--wait', '-f', '-'], reviews)).failure, '');
  assert.deepEqual(waits, [`/debug/wait?resourceVersion=${api.store.resourceVersion}&timeoutMs=30000`]);
  assert.match((await apply(['--wait', '-f', '-'], reviews)).failure, /not in force after 30 s/);
  control.close();
});

test('--wait without a control plane says so', async () => {
  assert.match((await apply(['--wait', '-f', '-'], reviews)).failure, /the control plane is not running/);
});

test('-o json has results and issues', async () => {
  const { out } = await apply(['-o', 'json', '-f', '-'], reviews);
  assert.partialDeepStrictEqual(JSON.parse(out), {
    results: [{ kind: 'VirtualService', namespace: 'default', name: 'reviews', action: 'created' }],
    issues: [],
  });
  const broken = await apply(['-o', 'json', '-f', '-'], reviews.replace('hosts', 'hots'));
  const { issues } = JSON.parse(broken.out) as { issues: { path: string; place: object }[] };
  assert.partialDeepStrictEqual(issues.find(({ path }) => path === 'spec.hots')?.place, { file: 'stdin', line: 7 });
  assert.notEqual(broken.failure, '');
});

test('get shows tables', async () => {
  await apply(['-f', '-'], `${service}---\n${reviews}`);
  const { out } = await get('vs');
  assert.match(out, /^NAME +GATEWAYS +HOSTS +AGE\nreviews +\["reviews"\] +\ds\n$/);
  const everywhere = await get('services', '-A');
  assert.match(everywhere.out, /^NAMESPACE +NAME +TYPE/);
  assert.match(everywhere.out, /^default +web +ClusterIP/m);
  const several = await get('vs,svc');
  assert.match(several.out, /virtualservice\.networking\.istio\.io\/reviews/);
  assert.match(several.out, /service\/web/);
  assert.equal((await get('pods')).err, 'No resources found in default namespace.\n');
});

test('get shows one object or a list, as YAML, JSON or names', async () => {
  await apply(['-f', '-'], `${service}---\n${reviews}`);
  const one: unknown = JSON.parse((await get('virtualservice', 'reviews', '-o', 'json')).out);
  assert.partialDeepStrictEqual(one, { kind: 'VirtualService', apiVersion: 'networking.istio.io/v1' });
  assert.match(
    (await get('vs/reviews', '-o', 'yaml')).out,
    /^apiVersion: networking\.istio\.io\/v1\nkind: VirtualService\n/,
  );
  const list: unknown = JSON.parse((await get('svc', '-l', 'app=web', '-o', 'json')).out);
  assert.partialDeepStrictEqual(list, { kind: 'List', items: [{ metadata: { name: 'web' } }] });
  assert.equal((await get('svc', '-l', 'app=other', '-o', 'name')).out, '');
});

test('get -w goes on until the mesh ends', async () => {
  await apply(['-f', '-'], reviews);
  const seen = { text: '' };
  const watching = run(getCommand, ['vs', '-w'], '', (text) => (seen.text += text));
  await until(() => /^reviews /m.test(seen.text));
  await apply(['-f', '-'], reviews.replace('name: reviews', 'name: late'));
  await until(() => /^late /m.test(seen.text));
  await api.close();
  assert.match((await watching).out, /^NAME .*\nreviews .*\nlate /);
  api = createApiServer({ dbFile: ':memory:', token: 'secret' });
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((wake) => setTimeout(wake, 5));
}

test('the same object twice is told, and the last one wins', async () => {
  const { out, err } = await apply(['-f', '-'], `${reviews}---\n${reviews.replace('v1}', 'v2}')}`);
  assert.match(out, /created\n.*configured\n/);
  assert.match(
    err,
    /stdin:16:3: warning: metadata\.name: VirtualService reviews is there already at stdin:5; this one replaces it/,
  );
});

test('unknown kinds and names are told, with what was probably meant', async () => {
  assert.match(
    (await get('virtualservics')).failure,
    /there is no kind "virtualservics" \(did you mean virtualservices\?\)/,
  );
  assert.match((await get('vs,dr', '-w')).failure, /only one kind/);
  assert.match((await get('vs', 'nobody')).failure, /virtualservices\.networking\.istio\.io "nobody" not found/);
});

test('delete by file and by name', async () => {
  await apply(['-f', '-'], `${service}---\n${reviews}`);
  assert.equal((await remove(['vs', 'reviews'])).out, 'virtualservice.networking.istio.io/reviews deleted\n');
  const again = await remove(['-f', '-'], `${service}---\n${reviews}`);
  assert.equal(again.out, 'service/web deleted\n');
  assert.match(again.failure, /1 of 2 objects were not there/);
  assert.equal((await remove(['--ignore-not-found', '-f', '-'], reviews)).failure, '');
  await apply(['-f', '-'], service);
  assert.equal((await remove(['svc', '-l', 'app=web'])).out, 'service/web deleted\n');
  assert.match((await remove(['svc'])).failure, /name the services to delete/);
});

test('without a mesh the error says how to start one', async () => {
  rmSync(join(folder, 'kubeconfig'));
  for (const result of [await get('vs'), await apply(['-f', '-'], reviews), await remove(['vs', 'a'])]) {
    assert.match(result.failure, /no mesh is running .*: start one with: heddle up PATH/);
  }
  writeFileSync(join(folder, 'kubeconfig'), kubeconfigText({ server: 'http://127.0.0.1:9', token: 'x' }));
  assert.match((await get('vs')).failure, /no mesh is running/);
});

test('a file that is not there, and a folder without manifests', async () => {
  assert.match((await apply(['-f', join(folder, 'nothing.yaml')])).failure, /cannot read .*nothing\.yaml/);
  assert.match((await apply(['-f', folder])).failure, /no \.yaml, \.yml or \.json file/);
  assert.match((await apply(['-f', '-'], '# nothing\n')).failure, /there is no document/);
});
