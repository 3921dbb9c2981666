// The import law (ARCHITECTURE.md): which room may import which. A new room has to be entered here before it can exist.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { test } from 'node:test';

const root = resolve(import.meta.dirname, '..');
const src = resolve(root, 'src');

const laws: Record<string, readonly string[]> = {
  lib: [],
  proto: [],
  telemetry: ['lib'],
  model: ['lib'],
  decide: ['lib', 'proto'],
  galley: ['lib', 'model', 'telemetry'],
  pilot: ['lib', 'model', 'proto', 'telemetry'],
  citadel: ['lib', 'model', 'proto', 'telemetry'],
  mixer: ['lib', 'model', 'proto', 'telemetry'],
  injector: ['lib', 'model'],
  agent: ['lib', 'proto', 'telemetry'],
  proxy: ['lib', 'proto', 'telemetry', 'decide'],
  local: ['lib', 'injector', 'galley', 'telemetry'],
  api: ['lib', 'model', 'galley', 'pilot', 'citadel', 'mixer', 'injector', 'decide', 'telemetry'],
  cli: ['lib', 'api', 'galley', 'pilot', 'injector', 'local', 'decide'],
  main: [
    'lib',
    'model',
    'telemetry',
    'galley',
    'pilot',
    'citadel',
    'mixer',
    'injector',
    'agent',
    'proxy',
    'local',
    'api',
    'cli',
    'decide',
    'proto',
  ],
};

interface Import {
  readonly from: string;
  readonly to: string;
  readonly specifier: string;
  readonly kind: 'static' | 'side-effect' | 'dynamic';
}

const files = globSync('src/**/*.ts', { cwd: root }).filter((file) => !file.startsWith('src/proto/gen/'));

const patterns: readonly [Import['kind'], RegExp][] = [
  ['static', /^\s*(?:import|export)\s[^'"();]*?\bfrom\s+['"]([^'"]+)['"]/gms],
  ['side-effect', /^\s*import\s+['"]([^'"]+)['"]/gm],
  ['dynamic', /\bimport\(\s*['"`]([^'"`]+)['"`]/g],
];

function importsOf(file: string): Import[] {
  const text = readFileSync(resolve(root, file), 'utf8').replace(/^\s*\/\/.*$/gm, '');
  const found: Import[] = [];
  for (const [kind, pattern] of patterns) {
    for (const match of text.matchAll(pattern)) {
      const specifier = match[1]!;
      const to = specifier.startsWith('.') ? relative(root, resolve(root, dirname(file), specifier)) : specifier;
      found.push({ from: file, to, specifier, kind });
    }
  }
  return found;
}

const imports = files.flatMap(importsOf);
const roomOf = (file: string): string => relative(src, resolve(root, file)).split('/')[0]!;

test('enough files were scanned for the law to mean something', () => {
  assert.ok(files.length >= 20, `only ${files.length} files under src`);
  assert.ok(imports.length >= files.length / 2, `only ${imports.length} imports found`);
});

test('every room is known', () => {
  const unknown = [...new Set(files.map(roomOf))].filter((room) => !(room in laws));
  assert.deepEqual(unknown, []);
});

test('rooms import only what the law lets them', () => {
  const broken = imports
    .filter(({ to }) => to.startsWith('src/'))
    .filter(({ from, to }) => roomOf(from) !== roomOf(to) && !laws[roomOf(from)]!.includes(roomOf(to)))
    .filter(({ from }) => !from.endsWith('.test.ts'))
    .map(({ from, to }) => `${from} -> ${to}`);
  assert.deepEqual(broken, []);
});

test('no file reaches out of src', () => {
  const out = imports
    .filter(
      ({ specifier, to, from }) => specifier.startsWith('.') && !to.startsWith('src/') && !from.endsWith('.test.ts'),
    )
    .map(({ from, to }) => `${from} -> ${to}`);
  assert.deepEqual(out, []);
});

test('modules are imported statically and by name', () => {
  const odd = imports
    .filter(({ kind, from }) => kind !== 'static' && !from.endsWith('.test.ts') && roomOf(from) !== 'main')
    .map(({ from, to, kind }) => `${from} -> ${to} (${kind})`);
  assert.deepEqual(odd, []);
});

test('no import cycle', () => {
  const graph = new Map(files.map((file) => [file, [] as string[]]));
  for (const { from, to } of imports) if (graph.has(to)) graph.get(from)!.push(to);
  const state = new Map<string, 'open' | 'done'>();
  const cycles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      cycles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
      return;
    }
    state.set(file, 'open');
    for (const next of graph.get(file)!) visit(next, [...path, file]);
    state.set(file, 'done');
  };
  for (const file of files) visit(file, []);
  assert.deepEqual(cycles, []);
});
