// What `heddle up` says when it cannot start: each time the reason, what to type, exit code 1, and nothing left behind.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { processesWith } from '../kit/leftovers.ts';
import { checkout } from '../kit/mesh.ts';

const program = join(checkout, 'bin/heddle.js');
const hello = join(checkout, 'test/e2e/testdata/hello.yaml');
const images = join(checkout, 'samples/images.yaml');
let folder: string;

before(() => void (folder = mkdtempSync(join(tmpdir(), 'heddle-refusals-'))));
after(() => rmSync(folder, { recursive: true, force: true }));

interface Refusal {
  readonly code: number | null;
  readonly said: string;
}

async function run(command: string, args: readonly string[]): Promise<Refusal> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  const timer = setTimeout(() => child.kill('SIGINT'), 20_000);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(timer);
  assert.deepEqual(processesWith(folder), []);
  return { code, said: Buffer.concat(chunks).toString() };
}

const up = (...args: string[]): Promise<Refusal> =>
  run(process.execPath, [program, 'up', '--state', join(folder, 'state'), '--images', images, ...args]);

test('without root: the exact command to type', async () => {
  const args = [program, 'up', '--demo', '--state', join(folder, 'a state')];
  const { code, said } = await run('setpriv', ['--reuid=65534', '--clear-groups', '--', process.execPath, ...args]);
  assert.equal(code, 1);
  assert.ok(said.includes(`sudo ${process.execPath} ${program} up --demo --state '${join(folder, 'a state')}'`), said);
});

test('a taken port: who has it, and the flag that changes it', async () => {
  const owner = createServer().listen(0, '127.0.0.1');
  await once(owner, 'listening');
  const { port } = owner.address() as AddressInfo;
  const { code, said } = await up('--publish', `127.0.0.1:${port}`, hello);
  owner.close();
  assert.equal(code, 1);
  assert.match(said, new RegExp(`port ${port} .*taken by pid ${process.pid} .*--publish 127\\.0\\.0\\.1:${port + 1}`));
});

test('an address range that the host reaches: the route, the flag, and one that is free', async () => {
  const { code, said } = await up('--publish', 'none', '--pod-cidr', '10.96.0.0/12', hello);
  assert.equal(code, 1);
  assert.match(said, /overlap/);
});

test('images without a command: all of them, with a template to paste', async () => {
  const file = join(folder, 'unknown.yaml');
  const pod = (name: string, image: string): string =>
    `---\napiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec: {containers: [{name: c, image: "${image}"}]}\n`;
  writeFileSync(file, pod('a', 'example.com/one:1') + pod('b', 'example.com/two'));
  const { code, said } = await up('--publish', 'none', file);
  assert.equal(code, 1);
  assert.match(said, /example\.com\/one:1\n {2}example\.com\/two\n.*--images FILE/s);
  assert.match(said, /^example\.com\/one:\n {2}workdir: .*\n {2}command: \[/m);
});

test('a file that is not there, and flags that make no sense', async () => {
  assert.match((await up(join(folder, 'nope.yaml'))).said, /no such file or folder: .*nope\.yaml/);
  assert.match((await up('--publish', 'eighty')).said, /want ADDRESS:PORT/);
  assert.match(
    (await up('--envoy', join(folder, 'no-envoy'), '--publish', 'none', hello)).said,
    /no Envoy at .*--envoy/,
  );
  assert.match((await up('--proxy', 'none')).said, /Allowed choices are/);
});
