// `heddle logs`: what a container has written.
import { closeSync, existsSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { MeshError } from '../lib/mesh-error.ts';
import { matchesOwner, parsePodName } from '../local/pods/find-pod.ts';
import type { WantedPod } from '../local/pods/find-pod.ts';
import { readPodRecords } from '../local/pods/pod-record.ts';
import { StateFolder } from '../local/state/state-folder.ts';
import { outputOption, stateOption } from './state-option.ts';

interface LogsFlags {
  readonly state: string;
  readonly namespace: string;
  readonly container?: string;
  readonly follow?: boolean;
  readonly tail?: string;
  readonly output: 'text' | 'json';
}

export function logsCommand(): Command {
  return new Command('logs')
    .description('Print what a container of a pod has written; of pods that have ended, too.')
    .argument('<pod>', 'name, namespace/name or deploy/name; control-plane for the mesh itself')
    .addOption(stateOption())
    .option('-n, --namespace <namespace>', 'where the pod is', 'default')
    .option('-c, --container <name>', "the container; istio-proxy is the sidecar (default: the pod's first)")
    .option('-f, --follow', 'go on as it writes')
    .option('--tail <lines>', 'only the last lines')
    .addOption(outputOption())
    .addHelpText('after', '\nExample:\n  heddle logs deploy/reviews-v2 -c istio-proxy -f --tail 20')
    .action((pod: string, flags: LogsFlags) => runLogs(pod, flags));
}

async function runLogs(podName: string, flags: LogsFlags): Promise<void> {
  const state = new StateFolder(flags.state);
  const file = logFile(state, parsePodName(podName, flags.namespace), flags.container);
  const tail = flags.tail === undefined ? undefined : Number(flags.tail);
  if (tail !== undefined && !(Number.isInteger(tail) && tail >= 0)) {
    throw new MeshError('usage', `--tail ${flags.tail}: want a number of lines`);
  }
  process.stdout.on('error', () => process.exit(0));
  const print = printer(flags.output);
  const log = openSync(file, 'r');
  let position = tail === undefined ? 0 : startOfTail(log, tail);
  position = printFrom(log, position, print);
  while (flags.follow === true) {
    await sleep(100);
    // A log that was cut short by its rotation starts again.
    if (fstatSync(log).size < position) position = 0;
    position = printFrom(log, position, print);
  }
  closeSync(log);
}

function logFile(state: StateFolder, wanted: WantedPod, container: string | undefined): string {
  const own = join(state.logs, 'control-plane.log');
  if (wanted.name === 'control-plane' && container === undefined && existsSync(own)) return own;
  const folder = logFolder(state, wanted);
  const containers = readdirSync(folder)
    .filter((name) => name.endsWith('.log'))
    .map((name) => name.slice(0, -'.log'.length));
  const name = container ?? defaultContainer(state, folder, containers);
  const file = join(folder, `${name}.log`);
  if (existsSync(file)) return file;
  const why = containers.length === 0 ? 'none of the pod has started' : `there are: ${containers.join(', ')}`;
  const message = `there is no log of a container ${name}: it has not started, or there is no such container; ${why}`;
  throw new MeshError('no-container', message);
}

/** The newest of several pods of the same owner. */
function logFolder(state: StateFolder, { namespace, name, owner }: WantedPod): string {
  const all = existsSync(state.logs) ? readdirSync(state.logs).filter((name) => name.includes('_')) : [];
  const running = new Set(readPodRecords(state).map((record) => `${record.namespace}_${record.name}`));
  const found = all
    .filter((folder) => folder.startsWith(`${namespace}_`))
    .filter((folder) => {
      const pod = folder.slice(namespace.length + 1);
      return owner ? matchesOwner(pod, name) : pod === name;
    })
    .map((folder) => ({ folder, rank: running.has(folder) ? Infinity : statSync(join(state.logs, folder)).mtimeMs }))
    .toSorted((a, b) => b.rank - a.rank)[0];
  if (found !== undefined) return join(state.logs, found.folder);
  const names = all.map((folder) => `  ${folder.replace('_', '/')}`);
  const there = names.length === 0 ? 'there are none' : `there are logs of:\n${names.join('\n')}`;
  throw new MeshError('no-pod', `there is no log of ${namespace}/${name}; ${there}`);
}

function defaultContainer(state: StateFolder, folder: string, containers: readonly string[]): string {
  const record = readPodRecords(state).find((each) => folder.endsWith(`/${each.namespace}_${each.name}`));
  const injected = new Set(['istio-init', 'istio-proxy']);
  return record?.defaultContainer ?? containers.find((name) => !injected.has(name)) ?? containers[0] ?? '';
}

const chunkBytes = 64 * 1024;

function printFrom(log: number, from: number, print: (chunk: Buffer) => void): number {
  let position = from;
  for (;;) {
    const chunk = Buffer.alloc(chunkBytes);
    const length = readSync(log, chunk, 0, chunkBytes, position);
    if (length === 0) return position;
    print(chunk.subarray(0, length));
    position += length;
  }
}

/** Where the last `lines` lines begin. */
function startOfTail(log: number, lines: number): number {
  let end = fstatSync(log).size;
  let wanted = lines;
  let first = true;
  while (end > 0) {
    const length = Math.min(chunkBytes, end);
    const chunk = Buffer.alloc(length);
    readSync(log, chunk, 0, length, end - length);
    for (let i = length - 1; i >= 0; i -= 1) {
      const isLast = first;
      first = false;
      // The line break at the very end closes the last line; it does not begin another.
      if (chunk[i] !== 0x0a || isLast) continue;
      wanted -= 1;
      if (wanted === 0) return end - length + i + 1;
    }
    end -= length;
  }
  return lines === 0 ? fstatSync(log).size : 0;
}

function printer(output: LogsFlags['output']): (chunk: Buffer) => void {
  if (output === 'text') return (chunk) => void process.stdout.write(chunk);
  let rest = '';
  return (chunk) => {
    const lines = (rest + chunk.toString('utf8')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) console.log(JSON.stringify({ line }));
  };
}
