// Manifests in files and the API's objects: what changes, what is left alone, what goes.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { ObjectStore } from '../../galley/api-server/object-store.ts';
import { parseDocuments } from '../../galley/yaml-documents.ts';
import { formatIssue } from '../../lib/issue.ts';
import type { Issue } from '../../lib/issue.ts';
import { ManifestApplier } from './manifest-applier.ts';

const folder = mkdtempSync(join(tmpdir(), 'heddle-applier-'));
after(() => rmSync(folder, { recursive: true, force: true }));

let store: ObjectStore;
let told: string[];
let run = 0;
let recordFile: string;

beforeEach(() => {
  run += 1;
  recordFile = join(folder, `applied-${run}.json`);
  store = new ObjectStore({ dbFile: join(folder, `api-${run}.db`) });
  store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } });
  told = [];
});

function applierOf(text: string): ManifestApplier {
  const applier = new ManifestApplier({ inject: true, recordFile, report: (issue) => told.push(formatIssue(issue)) });
  for (const document of parseDocuments(text, 'mesh.yaml').documents) applier.apply(document);
  return applier;
}

const open = (text: string): ManifestApplier => {
  const applier = applierOf(text);
  applier.open(store, false);
  return applier;
};

const map = (name: string, value: string, extra = ''): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: shop${extra}}\ndata: {key: ${value}}\n`;
const valueOf = (name: string): unknown => Reflect.get(Object(store.get('configmaps', 'shop', name)?.['data']), 'key');

test('namespaces are made as needed, labelled for injection unless somebody wrote them', () => {
  open(
    `${map('a', 'one')}---\n${map('b', 'two').replace('shop', 'plain')}---\napiVersion: v1\nkind: Namespace\nmetadata: {name: plain, labels: {}}\n`,
  );
  assert.equal(store.get('namespaces', '', 'shop')?.metadata.labels?.['istio-injection'], 'enabled');
  assert.equal(store.get('namespaces', '', 'plain')?.metadata.labels?.['istio-injection'], undefined);
  assert.equal(valueOf('a'), 'one');
});

test('a changed document changes the object; a label that left the file leaves the object, others stay', async () => {
  const applier = open(map('a', 'one', ', labels: {mine: x, gone: soon}'));
  store.modify({ resource: 'configmaps', namespace: 'shop', name: 'a' }, ({ metadata }) => {
    metadata.labels = { ...metadata.labels, theirs: 'z' };
  });
  for (const document of parseDocuments(map('a', 'two', ', labels: {mine: x}'), 'mesh.yaml').documents)
    applier.apply(document);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(valueOf('a'), 'two');
  assert.deepEqual(store.get('configmaps', 'shop', 'a')?.metadata.labels, { mine: 'x', theirs: 'z' });
});

test('a restart neither undoes what was changed since nor writes what is the same', () => {
  open(map('a', 'one')).close();
  store.modify(
    { resource: 'configmaps', namespace: 'shop', name: 'a' },
    (object) => void (object['data'] = { key: 'by hand' }),
  );
  const { resourceVersion } = store;
  open(map('a', 'one'));
  assert.equal(valueOf('a'), 'by hand');
  assert.equal(store.resourceVersion, resourceVersion);
});

test('what an earlier run took from a file and is no longer in it goes', () => {
  open(`${map('a', 'one')}---\n${map('b', 'two')}`).close();
  open(map('a', 'one'));
  assert.equal(store.get('configmaps', 'shop', 'b'), undefined);
  assert.equal(valueOf('a'), 'one');
});

test('a run that was given no files goes on with those of the last', () => {
  open(map('a', 'one')).close();
  applierOf('').open(store, true);
  assert.equal(valueOf('a'), 'one');
});

test('a kind that the API does not have is told with its place', () => {
  open('apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: t}\n');
  assert.match(told[0] ?? '', /^mesh\.yaml:2:7: error: kind: `example\.com\/v1` has no kind `Thing`$/);
});

test('a mistake is told at its place, and what the file said before stays in force', async () => {
  const changes: string[] = [];
  const service = (field: string, port: number): string =>
    `apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec:\n  ports: [{port: ${port}}]\n  ${field}: {app: web}\n`;
  const report = (issue: Issue): unknown => told.push(formatIssue(issue));
  const applier = new ManifestApplier({ inject: true, recordFile, report, onChange: (line) => changes.push(line) });
  const save = async (text: string): Promise<void> => {
    for (const document of parseDocuments(text, 'mesh.yaml').documents) applier.apply(document);
    await new Promise((resolve) => setImmediate(resolve));
  };
  const port = (): unknown => Reflect.get(Object(store.get('services', 'shop', 'web')?.['spec']), 'ports')[0].port;
  await save(service('selector', 80));
  applier.open(store, false);
  await save(service('selctor', 81));
  assert.deepEqual(told, ['mesh.yaml:6:3: error: spec.selctor: unknown field `selctor` (did you mean `selector`?)']);
  assert.equal(port(), 80);
  assert.deepEqual(changes, []);
  await save(service('selector', 82));
  assert.equal(port(), 82);
  assert.deepEqual(changes, ['mesh.yaml: services shop/web changed']);
});
