// Mounts as data: what of the host shows in a pod, and how it is written down for mount(8).
import { existsSync, readFileSync, statSync } from 'node:fs';

/** One mount, as a line of fstab(5) has it. */
export interface Mount {
  readonly source: string;
  readonly target: string;
  readonly type: string;
  readonly options: string;
}

/** All of them in one go: `mount -a -T FILE` takes one process where single mounts take one each. */
export function printFstab(mounts: readonly Mount[]): string {
  const escape = (path: string): string =>
    path.replace(/[\s\\]/g, (c) => `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`);
  return mounts
    .map(({ source, target, type, options }) => `${escape(source)} ${escape(target)} ${type} ${options} 0 0\n`)
    .join('');
}

export function bindMount(source: string, target: string, ...options: string[]): Mount {
  return { source, target, type: 'none', options: ['bind', ...options].join(',') };
}

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
/** What pods have of their own, and what other container runtimes keep for theirs. */
const ownInPod =
  /^\/(?:proc|sys|dev|run|tmp|boot|var\/run|var\/lib\/(?:docker|containerd|containers|kubelet|lxd))(?:\/|$)/;

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

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** A process of uid 0 could turn these even without a single capability, and they are the whole host's. */
export function hostKnobs(): string[] {
  return ['sys', 'sysrq-trigger', 'irq', 'bus', 'fs'].filter((name) => existsSync(`/proc/${name}`));
}
