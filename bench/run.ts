// `npm run bench -- [--json] [--pairs N] [--seconds S] [CASE...]`: the embedded sidecar against a real Envoy, in a real mesh.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { KubernetesObject } from '../src/lib/kubernetes.ts';
import { Mesh } from '../test/kit/mesh.ts';
import { cpuTimeNs, privateBytes, residentBytes } from './cpu-time.ts';
import { measurePaired, type Paired } from './paired-runs.ts';
import { plainHops } from './plain-proxies.ts';
import { type LoadShape, Subject } from './subject.ts';

const { values: flags, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    pairs: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '3' },
    help: { type: 'boolean', short: 'h' },
  },
});
if (flags.help) {
  console.log(
    'usage: npm run bench -- [--json] [--pairs N] [--seconds S] [CASE...]\n  example: npm run bench -- --pairs 4 http1',
  );
  process.exit(0);
}
const pairs = Number(flags.pairs);
const seconds = Number(flags.seconds);
const say = (line: string): void => void process.stderr.write(`${line}\n`);

interface Row {
  readonly case: string;
  readonly heddle: number;
  readonly envoy: number;
  readonly unit: string;
  readonly ratio: number;
  readonly spread: readonly [number, number];
  readonly control: number;
  readonly noisy: boolean;
  readonly others?: Readonly<Record<string, number>>;
}

type Subjects = { readonly mesh: Mesh; readonly heddle: Subject; readonly envoy: Subject };
type Measure = (subjects: Subjects) => Promise<Row[]>;

const rowOf = (name: string, unit: string, paired: Paired, others?: Readonly<Record<string, number>>): Row => ({
  case: name,
  heddle: paired.a,
  envoy: paired.b,
  unit,
  ratio: paired.ratio,
  spread: paired.spread,
  control: paired.control,
  noisy: paired.noisy,
  ...(others === undefined ? {} : { others }),
});

/** A pod's own service: outbound chain, then inbound chain, of the same sidecar. */
const ownService = (subject: Subject, path = '/'): LoadShape => ({
  host: `bench-${subject.name}.default.svc.cluster.local`,
  port: 9080,
  path,
  connections: 64,
  seconds,
});

async function http1({ heddle, envoy }: Subjects): Promise<Row[]> {
  const paired = await measurePaired(
    () => heddle.cpuPerRequest(ownService(heddle)),
    () => envoy.cpuPerRequest(ownService(envoy)),
    pairs,
  );
  return [rowOf('http1', 'us CPU per request, two chains', paired, await plainHops(envoy, seconds))];
}

function manyRoutes(name: string, count: number): KubernetesObject {
  const http = Array.from({ length: count }, (_, index) => ({
    match: [{ uri: { exact: `/route-${index}` } }],
    route: [{ destination: { host: name } }],
  }));
  const metadata = { name: `${name}-routes`, namespace: 'default' };
  return { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata, spec: { hosts: [name], http } };
}

async function routes10k({ mesh, heddle, envoy }: Subjects): Promise<Row[]> {
  const tables = [heddle, envoy].map((subject) => manyRoutes(`bench-${subject.name}`, 10_000));
  let version = '0';
  for (const table of tables) {
    const { status, body } = await mesh.api.create(table);
    if (status !== 201) throw new Error(`the routes were refused: ${JSON.stringify(body).slice(0, 500)}`);
    version = body.metadata.resourceVersion ?? version;
  }
  await mesh.api.settled(version, 60_000);
  try {
    const paired = await measurePaired(
      () => heddle.cpuPerRequest(ownService(heddle, '/route-9999')),
      () => envoy.cpuPerRequest(ownService(envoy, '/route-9999')),
      pairs,
    );
    return [rowOf('routes-10k', 'us CPU per request, last of 10,000 routes', paired)];
  } finally {
    for (const table of tables) await mesh.api.remove(table);
  }
}

async function latency({ heddle, envoy }: Subjects): Promise<Row[]> {
  const shape = (subject: Subject): LoadShape => ({ ...ownService(subject), connections: 16, perSecond: 1000 });
  const p99: { heddle: number[]; envoy: number[] } = { heddle: [], envoy: [] };
  const p50 = async (subject: Subject, into: number[]): Promise<number> => {
    const result = await subject.load(shape(subject));
    into.push(result.p99);
    return result.p50;
  };
  const paired = await measurePaired(
    () => p50(heddle, p99.heddle),
    () => p50(envoy, p99.envoy),
    pairs,
  );
  let turnA = 1;
  let turnB = 1;
  const again = await measurePaired(
    () => Promise.resolve(p99.heddle[turnA++ % p99.heddle.length]!),
    () => Promise.resolve(p99.envoy[turnB++ % p99.envoy.length]!),
    pairs - 1,
  );
  return [
    rowOf('latency-p50', 'ms at 1,000 requests/s', paired),
    rowOf('latency-p99', 'ms at 1,000 requests/s', again),
  ];
}

/** By then the embedded sidecar has seen that the load is over, which takes it 10 s, and has given back what it left. */
const restMs = 16_000;

/** After a load of its own: what ran before does not count, and a fresh process is not what a pod has. */
async function memory({ heddle, envoy }: Subjects): Promise<Row[]> {
  const read = (subject: Subject) => (): Promise<number> => Promise.resolve(residentBytes(subject.proxyPid) / 2 ** 20);
  const beside = (): Record<string, number> => ({
    'heddle private': privateBytes(heddle.proxyPid) / 2 ** 20,
    'envoy private': privateBytes(envoy.proxyPid) / 2 ** 20,
  });
  for (const subject of [heddle, envoy]) await subject.load({ ...ownService(subject), seconds: 4 });
  await sleep(restMs);
  const rested = rowOf(
    'memory-idle',
    'MiB resident, after load',
    await measurePaired(read(heddle), read(envoy), pairs),
    beside(),
  );
  const open = [heddle, envoy].map((subject) =>
    subject.load({ ...ownService(subject), connections: 1000, perSecond: 500, seconds: 8 }),
  );
  await sleep(6000);
  const loaded = await measurePaired(read(heddle), read(envoy), pairs);
  const besideLoaded = beside();
  await Promise.all(open);
  return [rested, rowOf('memory-1k', 'MiB resident, 1,000 connections', loaded, besideLoaded)];
}

/** CPU per MiB of one bulk upload through both chains. */
async function tcpBulk({ heddle, envoy }: Subjects): Promise<Row[]> {
  const mebibytes = 2048;
  const run = (subject: Subject) => async (): Promise<number> => {
    const before = cpuTimeNs(subject.proxyPid);
    const source = `const s=require('net').connect(9081,'bench-${subject.name}.default.svc.cluster.local');const b=Buffer.alloc(1<<18);let n=${mebibytes * 4};
      const go=()=>{while(n-->0)if(!s.write(b))return;s.end()};s.on('drain',go);s.on('connect',go);s.on('error',e=>{console.error(e);process.exit(1)})`;
    const child = subject.spawn([process.execPath, '-e', source], 0);
    const [code] = (await once(child, 'close')) as [number];
    if (code !== 0) throw new Error(`${subject.name}: the upload ended with ${code}`);
    return (cpuTimeNs(subject.proxyPid) - before) / 1000 / mebibytes;
  };
  return [rowOf('tcp-bulk', 'us CPU per MiB, two chains', await measurePaired(run(heddle), run(envoy), pairs))];
}

const cases: Readonly<Record<string, Measure>> = {
  http1,
  'routes-10k': routes10k,
  latency,
  memory,
  'tcp-bulk': tcpBulk,
};

async function main(): Promise<void> {
  const names = wanted.length > 0 ? wanted : Object.keys(cases);
  const unknown = names.filter((name) => !Object.hasOwn(cases, name));
  if (unknown.length > 0)
    throw new Error(`no such case: ${unknown.join(', ')}; there are ${Object.keys(cases).join(', ')}`);
  const folder = mkdtempSync(join(tmpdir(), 'heddle-bench-'));
  const images = join(folder, 'images.yaml');
  writeFileSync(
    images,
    `bench/backend:\n  workdir: ${JSON.stringify(import.meta.dirname)}\n  command: [node, backend.js]\n`,
  );
  const manifest = join(import.meta.dirname, 'bench.yaml');
  const mesh = await Mesh.start({ args: ['--images', images, '--no-gateway', '--publish', 'none', manifest] });
  const rows: Row[] = [];
  try {
    const pods = (await mesh.api.list('v1', 'Pod', 'default')).map(({ metadata }) => metadata.name);
    const subject = (name: string): Promise<Subject> =>
      Subject.ofPod(mesh, name, `default/${pods.find((pod) => pod.startsWith(`bench-${name}-`))!}`);
    const subjects = { mesh, heddle: await subject('embedded'), envoy: await subject('envoy') };
    for (const name of names) {
      say(`${name} ...`);
      for (const row of await cases[name]!(subjects)) {
        rows.push(row);
        say(
          `  ${row.case.padEnd(12)} heddle ${row.heddle.toFixed(2)}  envoy ${row.envoy.toFixed(2)}  ${row.unit}  ratio ${row.ratio.toFixed(3)} ` +
            `(${row.spread.map((value) => value.toFixed(3)).join(' to ')})${row.noisy ? `  noisy: control ${row.control.toFixed(3)}` : ''}` +
            Object.entries(row.others ?? {})
              .map(([other, value]) => `  ${other} ${value.toFixed(2)}`)
              .join(''),
        );
      }
    }
  } finally {
    await mesh.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const machine = `${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}`;
  if (flags.json) process.stdout.write(`${JSON.stringify({ machine, commit, rows }, null, 1)}\n`);
}

await main();
