// Measures protobuf runtimes on the same messages: `node bench/proto-candidates/measure.ts` (after `npm run proto`, which
// leaves the staged .proto files). Installs the candidates in a temporary folder; prints the table of docs/adr/0002.
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '../..');
const staged = join(root, '.cache/proto');
const rounds = 9;
const packages = ['ts-proto@2.18.0', 'protobufjs@8.8.1', 'protobufjs-cli@2.7.1', '@bufbuild/protobuf@2.17.0'];

/** What a control plane and a sidecar speak every day: both sides of the seam need about this. */
const modules = [
  'envoy/config/cluster/v3/cluster',
  'envoy/config/endpoint/v3/endpoint',
  'envoy/config/listener/v3/listener',
  'envoy/config/route/v3/route',
  'envoy/service/discovery/v3/discovery',
  'envoy/extensions/access_loggers/file/v3/file',
  'envoy/extensions/filters/http/cors/v3/cors',
  'envoy/extensions/filters/http/fault/v3/fault',
  'envoy/extensions/filters/http/rbac/v3/rbac',
  'envoy/extensions/filters/http/router/v3/router',
  'envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager',
  'envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy',
  'envoy/extensions/transport_sockets/tls/v3/tls',
  'envoy/extensions/upstreams/http/v3/http_protocol_options',
];

/** A route table of 100 hosts with three routes each: the biggest thing that changes often. Same bytes for everyone. */
const sample = `
import { create, toBinary } from '@bufbuild/protobuf';
import { RouteConfigurationSchema } from '${root}/src/proto/gen/envoy/config/route/v3/route_pb.ts';
const route = (prefix, cluster) => ({
  match: { pathSpecifier: { case: 'prefix', value: prefix }, headers: [{ name: 'end-user',
    headerMatchSpecifier: { case: 'stringMatch', value: { matchPattern: { case: 'exact', value: 'jason' } } } }] },
  action: { case: 'route', value: { timeout: { seconds: 15n }, clusterSpecifier: { case: 'weightedClusters', value: {
    clusters: [{ name: cluster, weight: 90 }, { name: cluster + '.canary', weight: 10 }] } } } } });
const virtualHosts = Array.from({ length: 100 }, (_, i) => ({ name: 'host-' + i, domains: ['host-' + i, 'host-' + i + ':80'],
  routes: ['/a', '/b', '/'].map((prefix) => route(prefix, 'outbound|80||host-' + i + '.shop.svc.cluster.local')) }));
process.stdout.write(toBinary(RouteConfigurationSchema, create(RouteConfigurationSchema, { name: '80', virtualHosts })));
`;

interface Candidate {
  readonly name: string;
  readonly entry: string;
}

function run(command: string, args: readonly string[], cwd: string): Buffer {
  const path = [join(cwd, 'node_modules/.bin'), join(root, 'node_modules/.bin'), process.env['PATH']].join(':');
  return execFileSync(command, args, { cwd, env: { ...process.env, PATH: path }, maxBuffer: 1 << 28 });
}

function generate(folder: string): void {
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}');
  run('npm', ['install', '--silent', '--ignore-scripts', ...packages], folder);
  const opt = ['importSuffix=.ts', 'oneof=unions-value', 'outputServices=none', 'enumsAsLiterals=true'];
  const plugin = { local: 'protoc-gen-ts_proto', out: 'ts-proto', opt, include_imports: true, include_wkt: true };
  writeFileSync(join(folder, 'buf.gen.yaml'), JSON.stringify({ version: 'v2', plugins: [plugin] }));
  run('buf', ['generate', join(staged, 'image.binpb')], folder);
  const files = globSync('**/*.proto', { cwd: join(staged, 'in') });
  const pbjs = join(folder, 'node_modules/.bin/pbjs');
  const output = join(folder, 'protobufjs.js');
  run(
    pbjs,
    ['-t', 'static-module', '-w', 'es6', '--es6', '--no-comments', '-p', '.', '-o', output, ...files],
    join(staged, 'in'),
  );
}

function candidates(folder: string): Candidate[] {
  const all = (path: (name: string) => string): string =>
    modules.map((name, index) => `import * as m${index} from '${path(name)}'; used.push(m${index});`).join('\n');
  const head = 'const used = []; globalThis.used = used;\n';
  const es = `${head}${all((name) => `${root}/src/proto/gen/${name}_pb.ts`)}
import { fromBinary, toBinary } from '@bufbuild/protobuf';
const schema = m3.RouteConfigurationSchema;
globalThis.codec = { decode: (bytes) => fromBinary(schema, bytes), encode: (message) => toBinary(schema, message) };`;
  const ts = `${head}${all((name) => `${folder}/ts-proto/${name}.ts`)}
globalThis.codec = { decode: (bytes) => m3.RouteConfiguration.decode(bytes), encode: (message) => m3.RouteConfiguration.encode(message).finish() };`;
  const js = `import $root from '${folder}/protobufjs.js';
const type = $root.envoy.config.route.v3.RouteConfiguration;
globalThis.codec = { decode: (bytes) => type.decode(bytes), encode: (message) => type.encode(message).finish() };`;
  return [
    { name: 'protobuf-es', entry: es },
    { name: 'ts-proto', entry: ts },
    { name: 'protobufjs static', entry: js },
  ];
}

/** Processor time, not the wall's: the machine may have other work. */
const runner = `
const { readFileSync } = require('node:fs');
const bytes = readFileSync(process.argv[3]);
const cpuMs = (since) => { const { user, system } = process.cpuUsage(since); return (user + system) / 1000; };
const start = process.cpuUsage();
require(process.argv[2]);
const importMs = cpuMs(start);
const { decode, encode } = globalThis.codec;
const beforeFirst = process.cpuUsage();
const message = decode(bytes);
const firstMs = cpuMs(beforeFirst);
globalThis.gc();
const rssMb = process.memoryUsage().rss / 1e6;
const rate = (task) => { for (let i = 0; i < 50; i++) task(); const since = process.cpuUsage();
  for (let i = 0; i < 200; i++) task(); return 200 * bytes.length / 1e3 / cpuMs(since); };
console.log(JSON.stringify({ importMs, firstMs, rssMb, decode: rate(() => decode(bytes)), encode: rate(() => encode(message)) }));
`;

type Numbers = Record<'importMs' | 'firstMs' | 'rssMb' | 'decode' | 'encode', number>;

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

interface Built {
  readonly name: string;
  readonly file: string;
  readonly results: Numbers[];
}

async function bundle(folder: string, { name, entry }: Candidate): Promise<Built> {
  const source = join(folder, `${name.replace(' ', '-')}.entry.ts`);
  const file = `${source}.cjs`;
  writeFileSync(source, entry);
  await build({
    entryPoints: [source],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    minify: true,
    logLevel: 'error',
    nodePaths: [join(folder, 'node_modules')],
  });
  return { name, file, results: [] };
}

function row({ name, file, results }: Built): string {
  const bytes = readFileSync(file);
  const of = (key: keyof Numbers, digits = 0): string => median(results.map((result) => result[key])).toFixed(digits);
  const kilobytes = [bytes.length, gzipSync(bytes).length].map((size) => `${Math.round(size / 1000)} KB`);
  const cells = [...kilobytes, `${of('importMs')} ms`, `${of('firstMs', 1)} ms`, `${of('rssMb')} MB`];
  return `| ${[name, ...cells, `${of('decode')} MB/s`, `${of('encode')} MB/s`].join(' | ')} |`;
}

if (!existsSync(join(staged, 'image.binpb'))) throw new Error('type `npm run proto` first: it stages the .proto files');
const folder = mkdtempSync(join(tmpdir(), 'heddle-proto-'));
try {
  generate(folder);
  const sampleFile = join(folder, 'sample.mjs');
  writeFileSync(sampleFile, sample);
  const bytes = join(folder, 'route.binpb');
  writeFileSync(bytes, run(process.execPath, [sampleFile], folder));
  const script = join(folder, 'runner.cjs');
  writeFileSync(script, runner);
  const built = await Promise.all(candidates(folder).map((candidate) => bundle(folder, candidate)));
  // Interleaved, so that all see the same machine.
  for (let round = 0; round < rounds; round++) {
    for (const { file, results } of built) {
      const output = run(process.execPath, ['--expose-gc', script, file, bytes], folder);
      results.push(JSON.parse(output.toString()) as Numbers);
    }
  }
  console.log('| | bundle | gzip | import | first decode | resident | decode | encode |');
  console.log('|---|---|---|---|---|---|---|---|');
  for (const each of built) console.log(row(each));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
