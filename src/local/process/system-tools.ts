// The system programs that a local mesh needs, looked up once; what is missing, with the command that brings it.
import { accessSync, constants } from 'node:fs';
import { MeshError } from '../../lib/mesh-error.ts';

/** Debian's package for each program; other systems name them alike or nearly so. */
const packages = {
  ip: 'iproute2',
  iptables: 'iptables',
  'iptables-restore': 'iptables',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  setpriv: 'util-linux',
  mount: 'mount',
  umount: 'mount',
  pivot_root: 'util-linux',
  env: 'coreutils',
  mkdir: 'coreutils',
  cp: 'coreutils',
  rm: 'coreutils',
  ln: 'coreutils',
  chmod: 'coreutils',
  sleep: 'coreutils',
  sh: 'dash',
} as const;

export type ToolName = keyof typeof packages;
/** Absolute paths: containers bring a PATH of their own. */
export type SystemTools = Readonly<Record<ToolName, string>>;

const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export function findProgram(name: string, path = `${process.env['PATH'] ?? ''}:${systemPath}`): string | undefined {
  for (const folder of path.split(':').filter((each) => each.startsWith('/'))) {
    const candidate = `${folder}/${name}`;
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

export function missingPackages(): string[] {
  const names = Object.keys(packages).filter((name): name is ToolName => name in packages);
  // The system's own folders first: a stray `ip` in a home folder is not what we mean.
  return [...new Set(names.filter((name) => findTool(name) === undefined).map((name) => packages[name]))];
}

function findTool(name: string): string | undefined {
  return findProgram(name, systemPath) ?? findProgram(name);
}

let found: SystemTools | undefined;

/** Throws MeshError `missing-tools` when a program is not there; `preflight` has said so better before. */
export function systemTools(): SystemTools {
  if (found !== undefined) return found;
  const missing = missingPackages();
  if (missing.length > 0) throw new MeshError('missing-tools', `missing system packages: ${missing.join(' ')}`);
  const entries = Object.keys(packages).map((name) => [name, findTool(name) ?? name]);
  const tools: SystemTools = Object.fromEntries(entries);
  found = tools;
  return tools;
}
