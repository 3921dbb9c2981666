// Images and the local commands that stand for them.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { KubernetesObject } from '../../lib/kubernetes.ts';
import { commandOf, findImage, imagesTemplate, loadImages } from './image-table.ts';
import { missingImages } from './missing-images.ts';

const folder = mkdtempSync(join(tmpdir(), 'heddle-images-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function imagesFile(text: string): string {
  const file = join(folder, 'images.yaml');
  mkdirSync(join(folder, 'app'), { recursive: true });
  writeFileSync(file, text);
  return file;
}

const table = loadImages([
  imagesFile(`
example.com/web: {workdir: app, command: [node, a.js], args: [one], env: {N: 1}}
example.com/web:2: {command: [node, b.js]}
curl: {command: [sleep]}
`),
]);

test('every tag has the entry without one, unless it has its own; names are completed as Docker does', () => {
  assert.deepEqual(findImage(table, 'example.com/web:1')?.command, ['node', 'a.js']);
  assert.deepEqual(findImage(table, 'example.com/web:2')?.command, ['node', 'b.js']);
  assert.deepEqual(findImage(table, 'example.com/web@sha256:00')?.command, ['node', 'a.js']);
  assert.deepEqual(findImage(table, 'docker.io/library/curl:8')?.command, ['sleep']);
  assert.equal(findImage(table, 'example.com/other'), undefined);
});

test('workdir counts from the file, numbers become text', () => {
  const entry = findImage(table, 'example.com/web');
  assert.equal(entry?.workdir, join(folder, 'app'));
  assert.deepEqual(entry?.env, { N: '1' });
});

test("the manifest's command drops the image's arguments; its arguments replace them", () => {
  const entry = { command: ['node'], args: ['a'], env: {} };
  assert.deepEqual(commandOf({ name: 'c' }, entry), ['node', 'a']);
  assert.deepEqual(commandOf({ name: 'c', args: ['b'] }, entry), ['node', 'b']);
  assert.deepEqual(commandOf({ name: 'c', command: ['sh'] }, entry), ['sh']);
  assert.deepEqual(commandOf({ name: 'c', command: ['sh'], args: ['-c'] }, entry), ['sh', '-c']);
});

test('all that is wrong in a file is told at once', () => {
  const file = imagesFile('a: {comand: [x], workdir: nowhere}\nb: {command: node}\n');
  assert.throws(
    () => loadImages([file]),
    /a: unknown field comand.*; a: workdir .*nowhere is no folder; b: command must be a list/,
  );
});

test('missing images are found in every kind of workload, once, and the template takes them', () => {
  const containers = [
    { name: 'a', image: 'x.test/b:1' },
    { name: 'c', image: 'auto' },
    { name: 'd', image: 'heddle/proxy' },
  ];
  const metadata = { name: 'n' };
  const objects: KubernetesObject[] = [
    { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers } },
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { template: { spec: { containers } } } },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata,
      spec: { containers: [{ name: 'e', image: 'x.test/own', command: ['sleep'] }] },
    },
    { apiVersion: 'v1', kind: 'Service', metadata, spec: {} },
  ];
  assert.deepEqual(missingImages(objects, table), ['x.test/b:1']);
  assert.match(imagesTemplate(['x.test:5000/b:1']), /^x\.test:5000\/b:\n {2}workdir: /);
});
