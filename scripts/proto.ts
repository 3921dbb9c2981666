// `npm run proto`: generates src/proto/gen from the .proto files inside @grpc/grpc-js-xds and from our own src/proto.
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { protoRoots } from './proto-roots.ts';
import { stripOptions } from './strip-options.ts';

const root = join(import.meta.dirname, '..');
const deps = join(root, 'node_modules/@grpc/grpc-js-xds/deps');
const includes = ['envoy-api', 'xds', 'protoc-gen-validate', 'googleapis'].map((name) => join(deps, name));
const own = join(root, 'src/proto');
const staging = join(root, '.cache/proto');
const output = join(own, 'gen');

/** Field 26 is in newer versions of PGV; the package's copy is older than the Envoy files that use it. */
const patches: Readonly<Record<string, { after: string; add: string }>> = {
  'validate/validate.proto': {
    after: '  optional bool strict = 25 [default = true];\n',
    add: '  optional bool ignore_empty = 26;\n',
  },
};

function applyPatch(path: string, text: string): string {
  const patch = patches[path];
  if (!patch || text.includes(patch.after + patch.add)) return text;
  if (!text.includes(patch.after)) throw new Error(`the patch of ${path} no longer fits: ${patch.after.trim()}`);
  return text.replace(patch.after, patch.after + patch.add);
}

function findProto(path: string): string {
  for (const folder of [...includes, own]) {
    const file = join(folder, path);
    if (existsSync(file)) return file;
  }
  throw new Error(`${path} is in none of ${includes.join(', ')}: does the package still carry it?`);
}

/** Copies a file and all that it imports to the staging folder, with LF line ends and our patches. */
function stage(path: string, staged: Set<string>): void {
  if (staged.has(path) || path.startsWith('google/protobuf/')) return;
  staged.add(path);
  const text = applyPatch(path, readFileSync(findProto(path), 'utf8').replaceAll('\r\n', '\n'));
  const target = join(staging, 'in', path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
  for (const match of text.matchAll(/^import\s+(?:public\s+|weak\s+)?"([^"]+)";/gm)) stage(match[1] ?? '', staged);
}

function matchRoots(pattern: string): string[] {
  const found = includes.flatMap((folder) => globSync(pattern, { cwd: folder }));
  if (found.length === 0) throw new Error(`no file matches the root ${pattern}`);
  return found.sort();
}

function buf(...args: string[]): void {
  const path = `${join(root, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`;
  execFileSync('buf', args, { cwd: staging, stdio: 'inherit', env: { ...process.env, PATH: path } });
}

function generate(): void {
  rmSync(staging, { recursive: true, force: true });
  const staged = new Set<string>();
  for (const pattern of protoRoots) for (const path of matchRoots(pattern)) stage(path, staged);
  stage('nds.proto', staged);
  writeFileSync(join(staging, 'buf.yaml'), JSON.stringify({ version: 'v2', modules: [{ path: 'in' }] }));
  const plugin = {
    local: 'protoc-gen-es',
    out: 'gen',
    opt: ['target=ts', 'import_extension=ts', 'erasable_syntax=true'],
  };
  writeFileSync(join(staging, 'buf.gen.yaml'), JSON.stringify({ version: 'v2', plugins: [plugin] }));
  // Without source info the descriptors have no comments, so none are copied into our sources.
  buf('build', '--exclude-source-info', '-o', 'image.binpb');
  writeFileSync(join(staging, 'stripped.binpb'), stripOptions(readFileSync(join(staging, 'image.binpb'))));
  buf('generate', 'stripped.binpb');
  rmSync(output, { recursive: true, force: true });
  renameSync(join(staging, 'gen'), output);
  console.log(`${staged.size} .proto files -> ${output}`);
}

generate();
