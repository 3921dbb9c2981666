// The ways in which editors save, half-written files, and files that contradict each other.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatIssue, type Issue } from '../../lib/issue.ts';
import { ConfigSet } from '../config-set.ts';
import { FilesSource } from './files.ts';

function service(name: string, port: number): string {
  return `apiVersion: v1\nkind: Service\nmetadata: {name: ${name}}\nspec: {ports: [{port: ${port}}]}\n`;
}

interface Bench {
  readonly folder: string;
  readonly set: ConfigSet;
  readonly source: FilesSource;
  /** `a:80 b:81` in force. */
  readonly inForce: () => string;
  readonly issues: () => string[];
  readonly until: (wanted: string) => Promise<void>;
}

async function makeBench(
  t: TestContext,
  files: Record<string, string>,
  { path = '.', settleMs = 100 } = {},
): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-files-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const set = new ConfigSet();
  const source = new FilesSource({ paths: [join(folder, path)], sink: set.sink('files'), settleMs });
  t.after(async () => {
    await source.close();
    set.close();
    rmSync(folder, { recursive: true });
  });
  await source.synced;
  const inForce = (): string =>
    set
      .flush()
      .services.map((each) => `${each.name}:${each.ports[0]!.number}`)
      .join(' ');
  const until = async (wanted: string): Promise<void> => {
    for (let waited = 0; inForce() !== wanted; waited += 10) {
      assert.ok(waited < 15_000, `in force: ${inForce()}, wanted: ${wanted}`);
      await sleep(10);
    }
  };
  const short = (issue: Issue): string => formatIssue(issue).replaceAll(`${folder}/`, '');
  return { folder, set, source, inForce, until, issues: () => [...source.issues(), ...set.issues()].map(short) };
}

test('a file that is replaced by renaming is read, again and again', async (t) => {
  const { folder, until } = await makeBench(t, { 'a.yaml': service('a', 1) }, { path: 'a.yaml' });
  for (const port of [2, 3, 4]) {
    writeFileSync(join(folder, '.a.yaml.swp'), service('a', port));
    renameSync(join(folder, '.a.yaml.swp'), join(folder, 'a.yaml'));
    await until(`a:${port}`);
  }
});

test('a file that is moved away and written anew loses nothing', async (t) => {
  const { folder, set, until, inForce } = await makeBench(t, { 'a.yaml': service('a', 1) }, { settleMs: 10_000 });
  const seen = new Set<string>();
  set.flush();
  set.onChange(() => seen.add(inForce()));
  renameSync(join(folder, 'a.yaml'), join(folder, 'a.yaml~'));
  await sleep(40);
  writeFileSync(join(folder, 'a.yaml'), '');
  await sleep(40);
  writeFileSync(join(folder, 'a.yaml'), service('a', 2));
  await until('a:2');
  assert.deepEqual([...seen], ['a:2']);
});

test('a comment changes nothing in force', async (t) => {
  const { folder, set } = await makeBench(t, { 'a.yaml': service('a', 1) });
  const before = set.flush();
  writeFileSync(join(folder, 'a.yaml'), `# a comment\n${service('a', 1)}`);
  const ref = { kind: 'Service', namespace: 'default', name: 'a' };
  for (let waited = 0; set.placeOf(ref, 'spec')?.line !== 5; waited += 10) {
    assert.ok(waited < 15_000);
    await sleep(10);
  }
  assert.equal(set.flush(), before);
});

test('what cannot be read stays as it was, beside what can', async (t) => {
  const two = `${service('a', 1)}---\n${service('b', 1)}`;
  const { folder, until, issues } = await makeBench(t, { 'x.yaml': two });
  writeFileSync(join(folder, 'x.yaml'), `${service('a', 2)}---\napiVersion: v1\nkind: [Service\n`);
  await until('a:2 b:1');
  assert.deepEqual(issues(), ['x.yaml:8:1: error: what `[` opens is not closed, or not indented (is a `]` missing?)']);
  writeFileSync(join(folder, 'x.yaml'), service('a', 3));
  await until('a:3');
  assert.deepEqual(issues(), []);
});

test('all problems of all files at once', async (t) => {
  const { inForce, issues } = await makeBench(t, {
    'a.yaml': `${service('a', 1)}---\nkind: Service\n`,
    'b.yaml': service('b', 0).replace('ports', 'prots'),
    'c.yaml': `${service('c', 1)}---\n${service('a', 7)}`,
  });
  assert.equal(inForce(), 'a:1 c:1');
  assert.deepEqual(issues(), [
    'a.yaml:6:1: error: apiVersion: `apiVersion` is required',
    'c.yaml:8:12: error: metadata.name: Service default/a is there already (the first, at a.yaml:3, counts)',
    'b.yaml:4:1: error: spec.ports: a service needs at least one port',
    'b.yaml:4:8: error: spec.prots: unknown field `prots` (did you mean `ports`?)',
  ]);
});

test('a deleted file takes its resources with it, and gives way to a second one', async (t) => {
  const { folder, until } = await makeBench(t, { 'a.yaml': service('a', 1), 'b.yaml': service('a', 2) });
  await until('a:1');
  rmSync(join(folder, 'a.yaml'));
  await until('a:2');
  rmSync(join(folder, 'b.yaml'));
  await until('');
});

test('a folder may be removed and come back', async (t) => {
  const bench = await makeBench(t, {}, { path: 'later' });
  assert.deepEqual(bench.issues(), ['later:1:1: error: there is no such file or folder']);
  const later = join(bench.folder, 'later');
  for (const port of [1, 2]) {
    mkdirSync(later);
    writeFileSync(join(later, 'a.yml'), service('a', port));
    await bench.until(`a:${port}`);
    rmSync(later, { recursive: true });
    await bench.until('');
  }
});
