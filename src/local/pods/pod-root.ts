// A pod's file system: the host's files under a layer of its own, so that nothing a pod writes ever reaches the host.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { shellQuote } from '../process/shell-quote.ts';
import { systemTools } from '../process/system-tools.ts';

/** One mount, as a line of fstab(5) has it. */
export interface Mount {
  readonly source: string;
  readonly target: string;
  readonly type: string;
  readonly options: string;
}

/** A volume of the pod: a host folder, bound, or without `source` an empty folder that goes with the pod. */
export interface PodVolume {
  readonly name: string;
  readonly source?: string;
  readonly readOnly?: boolean;
}

export interface PodRootPlan {
  readonly hostname: string;
  /** An existing empty folder on the host; the pod's layer is mounted over it, in the pod's own mount namespace only. */
  readonly mountPoint: string;
  /** Absolute path in the pod -> text. They hide the host's files of that name. */
  readonly files: ReadonlyMap<string, string>;
  readonly volumes: readonly PodVolume[];
  /** Host path -> path in the pod, read-only. The target has to exist in the pod. */
  readonly binds: readonly (readonly [source: string, target: string])[];
  /** Host folders that no pod may see: the state folder with its keys. */
  readonly hidden: readonly string[];
  /** Per network namespace: `net/ipv4/ip_unprivileged_port_start` -> `0`. */
  readonly sysctls: ReadonlyMap<string, string>;
}

/** Where a pod keeps its volumes, for its containers to bind from. */
export const volumesFolder = '/run/.heddle-volumes';

/** File systems that hold a host's real files; of everything else (proc, tmpfs, devices) pods get their own or none. */
const localTypes = [
  'ext2',
  'ext3',
  'ext4',
  'xfs',
  'btrfs',
  'zfs',
  'f2fs',
  'bcachefs',
  'overlay',
  'fuse.fuse-overlayfs',
];
const sharedTypes = ['nfs', 'nfs4', '9p', 'virtiofs'];
const diskTypes = new Set([...localTypes, ...sharedTypes]);
const ownInPod = /^\/(?:proc|sys|dev|run|tmp|boot|var\/lib\/docker|var\/run)(?:\/|$)/;

/** Disks of the host that are mounted below `/`, which an overlay of `/` alone would not show. */
export function hostDisks(mountInfo = readFileSync('/proc/self/mountinfo', 'utf8')): string[] {
  const found = mountInfo.split('\n').flatMap((line) => {
    // proc(5): ... mount point is field 5; the type follows a lone dash.
    const fields = line.split(' ');
    const target = (fields[4] ?? '').replace(/\\(\d{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
    const type = fields[fields.indexOf('-') + 1] ?? '';
    return target !== '/' && target !== '' && diskTypes.has(type) && !ownInPod.test(target) ? [target] : [];
  });
  return [...new Set(found)].filter((path) => isFolder(path)).slice(0, 32);
}

/** A process of uid 0 could turn these even without a single capability, and they are the whole host's. */
const hostKnobs = ['/proc/sys', '/proc/sysrq-trigger', '/proc/irq', '/proc/bus', '/proc/fs'];

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function fstabLine({ source, target, type, options }: Mount): string {
  const escape = (path: string): string =>
    path.replace(/[\s\\]/g, (c) => `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`);
  return `${escape(source)} ${escape(target)} ${type} ${options} 0 0`;
}

function mountsOf(plan: PodRootPlan): Mount[] {
  const base = plan.mountPoint;
  const root = `${base}/root`;
  const bind = (source: string, target: string, options = 'bind'): Mount => ({
    source,
    target,
    type: 'none',
    options,
  });
  // Relative to the mount point, where the script stands: a path may hold commas, which options may not.
  const layers = 'lowerdir=/,upperdir=upper,workdir=work';
  return [
    { source: 'overlay', target: root, type: 'overlay', options: layers },
    // A folder on the way may lie on something that pods do not see: it is made in their own layer.
    ...hostDisks().map((disk) => bind(disk, `${root}${disk}`, 'bind,ro,X-mount.mkdir')),
    ...plan.hidden.map((path) => ({
      source: 'hidden',
      target: `${root}${path}`,
      type: 'tmpfs',
      options: 'ro,size=0,mode=000,X-mount.mkdir',
    })),
    { source: 'proc', target: `${root}/proc`, type: 'proc', options: 'nosuid,nodev,noexec' },
    ...hostKnobs.filter((path) => existsSync(path)).map((path) => bind(path, `${root}${path}`, 'bind,ro')),
    { source: 'sysfs', target: `${root}/sys`, type: 'sysfs', options: 'ro,nosuid,nodev,noexec' },
    bind(`${base}/dev`, `${root}/dev`),
    { source: 'devpts', target: `${root}/dev/pts`, type: 'devpts', options: 'newinstance,ptmxmode=0666,mode=620' },
    bind(`${base}/run`, `${root}/run`),
    bind(`${base}/tmp`, `${root}/tmp`),
    ...plan.binds.map(([source, target]) => bind(source, `${root}${target}`, 'bind,ro')),
    ...plan.volumes.flatMap(({ name, source, readOnly }) =>
      source === undefined
        ? []
        : [bind(source, `${root}${volumesFolder}/${name}`, readOnly === true ? 'bind,ro' : 'bind')],
    ),
  ];
}

/**
 * The script that PID 1 of a pod starts as (root, in fresh namespaces): builds the file system, moves into it, says
 * `ready` and then sleeps, leaving it to the kernel to reap what loses its parent.
 */
export function sandboxScript(plan: PodRootPlan): string {
  const { mount, mkdir, cp, pivot_root: pivotRoot, umount, sleep } = systemTools();
  const base = shellQuote(plan.mountPoint);
  const folders = ['upper/etc', 'work', 'root', 'run/lock', 'tmp', 'dev/pts', 'dev/shm', `${volumesFolder.slice(1)}`];
  const volumes = plan.volumes.map(({ name }) => `${volumesFolder.slice(1)}/${name}`);
  const empty = plan.volumes.filter(({ source }) => source === undefined).map(({ name }) => name);
  const inRun = plan.binds.map(([, target]) => target).filter((target) => /^\/run\/[^/]+$/.test(target));
  const all = [...folders, ...volumes, ...inRun.map((target) => target.slice(1))];
  return [
    'set -e',
    'umask 022',
    ...[...plan.sysctls].map(([name, value]) => `echo ${shellQuote(value)} > /proc/sys/${shellQuote(name)}`),
    `echo ${shellQuote(plan.hostname)} > /proc/sys/kernel/hostname`,
    `${mount} -t tmpfs -o mode=0755 heddle-pod ${base}`,
    `cd ${base}`,
    `${mkdir} -p ${all.map(shellQuote).join(' ')}`,
    `${mkdir} -p -m 1777 tmp dev/shm`,
    ...(empty.length === 0
      ? []
      : [`chmod 0777 ${empty.map((name) => shellQuote(`${volumesFolder.slice(1)}/${name}`)).join(' ')}`]),
    'chmod 1777 tmp dev/shm',
    `${cp} -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty dev/`,
    `for link in 'self/fd fd' 'self/fd/0 stdin' 'self/fd/1 stdout' 'self/fd/2 stderr'; do ln -s /proc/\${link% *} dev/\${link#* }; done`,
    'ln -s pts/ptmx dev/ptmx',
    ...[...plan.files].map(([path, text]) => `printf %s ${shellQuote(text)} > upper${shellQuote(path)}`),
    `printf %s ${shellQuote(`${mountsOf(plan).map(fstabLine).join('\n')}\n`)} > fstab`,
    `${mount} -a -T fstab`,
    'cd root',
    `${pivotRoot} . .`,
    `${umount} -l .`,
    'cd /',
    'echo ready',
    'exec >&- 2>&- <&-',
    "trap '' CHLD",
    `exec ${sleep} infinity`,
  ].join('\n');
}
