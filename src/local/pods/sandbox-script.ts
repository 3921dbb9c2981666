// What the first process of a pod does before it falls asleep: name, network settings, devices and volumes of its own.
import { shellQuote } from '../process/shell-quote.ts';
import { systemTools } from '../process/system-tools.ts';
import { layerFolders } from './container-root.ts';
import { bindMount, hostKnobs, printFstab } from './pod-mounts.ts';
import type { Mount } from './pod-mounts.ts';

/** What a pod may write to its own disk, emptyDirs among it: memory of this machine, and one pod must not take all. */
const podDiskSize = '25%';

/** A volume of the pod: a host folder, bound, or without `source` an empty folder that goes with the pod. */
export interface PodVolume {
  readonly name: string;
  readonly source?: string;
  readonly readOnly?: boolean;
}

export interface SandboxPlan {
  readonly hostname: string;
  /**
   * An existing empty folder on the host. The pod's memory file system is mounted over it, in the pod's own mount namespace
   * only; there its containers find what they share (`image`, `dev`, `proc`, `sys`, `heddle`, `volumes`), and make their own
   * roots.
   */
  readonly base: string;
  /** Names in /etc -> text. They hide the host's files of that name. */
  readonly etc: ReadonlyMap<string, string>;
  readonly volumes: readonly PodVolume[];
  /** Host path -> path in every container, read-only: /run/heddle and what lies in it. Targets have to exist in the first. */
  readonly binds: readonly (readonly [source: string, target: string])[];
  readonly containers: readonly string[];
  /** Per network namespace: `net/ipv4/ip_unprivileged_port_start` -> `0`. */
  readonly sysctls: ReadonlyMap<string, string>;
}

/** Where every container finds what is shared by all pods. */
export const sharedFolder = '/run/heddle';

function mountsOf({ base, volumes, binds }: SandboxPlan): Mount[] {
  return [
    // Made here, they show the pod's own processes, network and terminals.
    { source: 'proc', target: `${base}/proc`, type: 'proc', options: 'nosuid,nodev,noexec' },
    ...hostKnobs().map((name) => bindMount(`${base}/proc/${name}`, `${base}/proc/${name}`, 'ro')),
    { source: 'sysfs', target: `${base}/sys`, type: 'sysfs', options: 'ro,nosuid,nodev,noexec' },
    { source: 'devpts', target: `${base}/dev/pts`, type: 'devpts', options: 'newinstance,ptmxmode=0666,mode=620' },
    ...binds.map(([source, target]) => bindMount(source, `${base}/heddle${target.slice(sharedFolder.length)}`, 'ro')),
    ...volumes.flatMap(({ name, source, readOnly }) => {
      const target = `${base}/volumes/${name}`;
      return source === undefined ? [] : [bindMount(source, target, ...(readOnly === true ? ['ro'] : []))];
    }),
  ];
}

/** For sh, as root in fresh namespaces. Says `ready`, then leaves it to the kernel to reap what loses its parent. */
export function sandboxScript(plan: SandboxPlan): string {
  const { mount, mkdir, chmod, cp, ln, sleep } = systemTools();
  const volumes = plan.volumes.map(({ name }) => shellQuote(`volumes/${name}`)).join(' ');
  const layers = plan.containers.flatMap((name) =>
    layerFolders.map((each) => shellQuote(`containers/${name}/${each}`)),
  );
  const empty = plan.volumes.filter(({ source }) => source === undefined).map(({ name }) => name);
  return [
    'set -e',
    'umask 022',
    ...[...plan.sysctls].map(([name, value]) => `echo ${shellQuote(value)} > /proc/sys/${shellQuote(name)}`),
    `echo ${shellQuote(plan.hostname)} > /proc/sys/kernel/hostname`,
    `${mount} -t tmpfs -o mode=0755,size=${podDiskSize} heddle-pod ${shellQuote(plan.base)}`,
    `cd ${shellQuote(plan.base)}`,
    `${mkdir} -p image/etc heddle proc sys dev/pts dev/shm volumes ${volumes} ${layers.join(' ')}`,
    `${chmod} 1777 dev/shm`,
    ...empty.map((name) => `${chmod} 0777 ${shellQuote(`volumes/${name}`)}`),
    `${cp} -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty dev/`,
    ...deviceLinks.map(([target, name]) => `${ln} -s ${target} dev/${name}`),
    ...[...plan.etc].map(([name, text]) => `printf %s ${shellQuote(text)} > image/etc/${name}`),
    `printf %s ${shellQuote(printFstab(mountsOf(plan)))} > fstab`,
    `${mount} -a -T fstab`,
    'echo ready',
    'exec >&- 2>&- <&-',
    "trap '' CHLD",
    `exec ${sleep} infinity`,
  ].join('\n');
}

const deviceLinks = [
  ['/proc/self/fd', 'fd'],
  ['/proc/self/fd/0', 'stdin'],
  ['/proc/self/fd/1', 'stdout'],
  ['/proc/self/fd/2', 'stderr'],
  ['pts/ptmx', 'ptmx'],
] as const;
