// A container's file system: the host's files under a fresh layer of its own, so that nothing it writes reaches the host, its
// neighbours, or its next start.
import { dirname } from 'node:path';
import { shellQuote } from '../process/shell-quote.ts';
import { systemTools } from '../process/system-tools.ts';
import { bindMount, hostDisks, printFstab } from './pod-mounts.ts';
import type { Mount } from './pod-mounts.ts';

export interface ContainerMount {
  readonly volume: string;
  readonly subPath?: string;
  readonly target: string;
  readonly readOnly?: boolean;
}

export interface ContainerRoot {
  /** The container's name: its layer lies under it in the pod's folder. */
  readonly name: string;
  /** The pod's folder, as in `SandboxPlan`. */
  readonly base: string;
  /** Host folders that no pod may see: the state folder with its keys. */
  readonly hidden: readonly string[];
  readonly mounts: readonly ContainerMount[];
  readonly readOnly: boolean;
}

/** What a container's layer consists of; the sandbox makes them for the first start. */
export const layerFolders = ['upper', 'work', 'root'] as const;

/** While its root is being made, the container finds the pod's volumes here, and what to mount of them. */
const volumesFolder = '/run/.heddle-volumes';
const volumesFstab = '/run/.heddle-fstab';

function mountsOf(plan: ContainerRoot, layer: string): Mount[] {
  const { base, mounts } = plan;
  const root = `${layer}/root`;
  const shared = (name: string, target: string): Mount => ({
    ...bindMount(`${base}/${name}`, `${root}${target}`),
    options: 'rbind,X-mount.mkdir',
  });
  const memory = (target: string, options: string): Mount => ({
    source: 'heddle-container',
    target: `${root}${target}`,
    type: 'tmpfs',
    options,
  });
  return [
    // Relative to the layer, where the script stands: a path may hold commas, which options may not.
    {
      source: 'overlay',
      target: root,
      type: 'overlay',
      options: 'lowerdir=../../image:/,upperdir=upper,workdir=work',
    },
    // A folder on the way may lie on something that pods do not see: it is made in the container's own layer.
    ...hostDisks().map((disk) => bindMount(disk, `${root}${disk}`, 'ro', 'X-mount.mkdir')),
    ...plan.hidden.map((path) => memory(path, 'ro,size=0,mode=000,X-mount.mkdir')),
    shared('proc', '/proc'),
    shared('sys', '/sys'),
    shared('dev', '/dev'),
    memory('/tmp', plan.readOnly ? 'ro' : 'mode=1777'),
    memory('/run', 'mode=0755'),
    shared('heddle', '/run/heddle'),
    ...(mounts.length === 0 ? [] : [shared('volumes', volumesFolder)]),
  ];
}

/** Lines for sh, as root in a mount namespace of its own. After them `/` is the container's root. */
export function containerRootLines(plan: ContainerRoot): string[] {
  const { mount, umount, mkdir, rm, pivot_root: pivotRoot } = systemTools();
  const layer = `${plan.base}/containers/${plan.name}`;
  const folders = layerFolders.join(' ');
  return [
    'umask 022',
    `cd ${shellQuote(layer)}`,
    // Each start has a file system of its own.
    `if [ -e started ]; then ${rm} -rf ${folders}; ${mkdir} ${folders}; fi`,
    ': > started',
    `printf %s ${shellQuote(printFstab(mountsOf(plan, layer)))} > fstab`,
    `${mount} -a -T fstab`,
    'cd root',
    `${pivotRoot} . .`,
    `${umount} -l .`,
    'cd /',
    ...volumeLines(plan.mounts),
    // Only this mount: the volumes in it keep their own rules.
    ...(plan.readOnly ? [`${mount} -o remount,bind,ro /`] : []),
  ];
}

/** From inside, where a symbolic link on the way to a target cannot lead back to the host. */
function volumeLines(mounts: readonly ContainerMount[]): string[] {
  const { mount, umount, rm } = systemTools();
  if (mounts.length === 0) return [];
  const folders = mounts.filter(({ subPath }) => subPath === undefined).map(folderMount);
  return [
    `printf %s ${shellQuote(printFstab(folders))} > ${volumesFstab}`,
    `${mount} -a -T ${volumesFstab}`,
    ...mounts.flatMap(subPathLines),
    `${umount} -l ${volumesFolder}`,
    `${rm} -df ${volumesFolder} ${volumesFstab}`,
  ];
}

function folderMount({ volume, target, readOnly }: ContainerMount): Mount {
  const options = readOnly === true ? ['ro', 'X-mount.mkdir'] : ['X-mount.mkdir'];
  return bindMount(`${volumesFolder}/${volume}`, target, ...options);
}

/** A path in a volume may be a file or a folder; one that is not there becomes a folder. */
function subPathLines({ volume, subPath, target, readOnly }: ContainerMount): string[] {
  if (subPath === undefined) return [];
  const { mount, mkdir } = systemTools();
  const source = shellQuote(`${volumesFolder}/${volume}/${subPath}`);
  const to = shellQuote(target);
  const file = `if [ ! -e ${to} ]; then ${mkdir} -p ${shellQuote(dirname(target))}; : > ${to}; fi`;
  return [
    `[ -e ${source} ] || ${mkdir} -p ${source}`,
    `if [ -d ${source} ]; then ${mkdir} -p ${to}; else ${file}; fi`,
    `${mount} -o bind${readOnly === true ? ',ro' : ''} ${source} ${to}`,
  ];
}
