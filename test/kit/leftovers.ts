// What a mesh may leave on a machine, so that a test can say that nothing was left: namespaces, links, mounts, rules, processes.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface Snapshot {
  readonly namespaces: readonly string[];
  readonly links: readonly string[];
  readonly mounts: readonly string[];
  readonly rules: readonly string[];
  readonly routes: readonly string[];
  /** Network namespaces that some process is in, as the kernel numbers them. */
  readonly inhabited: readonly string[];
}

function lines(command: string, args: readonly string[]): string[] {
  const { stdout } = spawnSync(command, args, { encoding: 'utf8' });
  return (stdout ?? '').split('\n').filter((line) => line !== '');
}

function inhabitedNamespaces(): string[] {
  const found = new Set<string>();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      found.add(readlinkSync(`/proc/${pid}/ns/net`));
    } catch {
      // the process ended between the listing and the look
    }
  }
  return [...found].toSorted();
}

export function snapshot(): Snapshot {
  return {
    namespaces: lines('ip', ['netns', 'list']).map((line) => line.split(' ')[0]!),
    links: lines('ip', ['-o', 'link']).map((line) => line.split(':')[1]!.trim()),
    mounts: readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .map((line) => line.split(' ').slice(0, 3).join(' ')),
    rules: lines('iptables-save', []).filter((line) => line.startsWith('-')),
    routes: lines('ip', ['route']),
    inhabited: inhabitedNamespaces(),
  };
}

/** What is there now and was not before, as lines for people; empty when nothing was left. */
export function leftSince(before: Snapshot): string[] {
  const now = snapshot();
  return (Object.keys(before) as (keyof Snapshot)[]).flatMap((what) =>
    now[what].filter((entry) => !before[what].includes(entry)).map((entry) => `${what}: ${entry}`),
  );
}

/** Processes whose command line has the text. */
export function processesWith(text: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return command.includes(text) ? [`${pid} ${command}`] : [];
      } catch {
        return []; // ended meanwhile
      }
    });
}
