// As whom a container runs, and with which capabilities: never more than its manifest asks for.
import type { Container, PodSpec } from '../../lib/kubernetes.ts';

export interface ContainerUser {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  /** Names without `CAP_`, in lower case. Empty for everybody but a root that was asked for. */
  readonly capabilities: readonly string[];
}

/** What a container's root has elsewhere too, less what reaches past its namespaces (devices, raw sockets). */
const rootDefaults = ['chown', 'dac_override', 'fowner', 'fsetid', 'kill', 'setgid', 'setuid', 'net_bind_service'];
/** What a manifest may add: powers over the pod's own network. Everything else would be power over the host. */
const addable = new Set([...rootDefaults, 'net_admin', 'net_raw']);

/** Who called `heddle up`: root's own user when that was by sudo. */
export function invokingUser(env: NodeJS.ProcessEnv = process.env): { readonly uid: number; readonly gid: number } {
  const uid = Number(env['SUDO_UID'] ?? process.getuid?.() ?? 0);
  const gid = Number(env['SUDO_GID'] ?? process.getgid?.() ?? 0);
  return Number.isInteger(uid) && Number.isInteger(gid) ? { uid, gid } : { uid: 65534, gid: 65534 };
}

export function containerUser(spec: PodSpec, container: Container, invoking = invokingUser()): ContainerUser {
  const own = container.securityContext ?? {};
  const pod = spec.securityContext ?? {};
  const askedUid = own.runAsUser ?? pod.runAsUser;
  const uid = askedUid ?? invoking.uid;
  const gid = own.runAsGroup ?? pod.runAsGroup ?? (askedUid === undefined ? invoking.gid : askedUid);
  const groups = pod.fsGroup === undefined ? [] : [pod.fsGroup];
  return { uid, gid, groups, capabilities: askedUid === 0 ? rootCapabilities(own.capabilities ?? {}) : [] };
}

function rootCapabilities({ add = [], drop = [] }: { add?: string[]; drop?: string[] }): string[] {
  const names = (list: string[]): string[] => list.map((name) => name.toLowerCase().replace(/^cap_/, ''));
  const dropped = new Set(names(drop));
  const kept = dropped.has('all') ? [] : rootDefaults.filter((name) => !dropped.has(name));
  return [...new Set([...kept, ...names(add).filter((name) => addable.has(name))])];
}

/** Arguments of setpriv(1), up to and with the `--`. */
export function setprivArguments({ uid, gid, groups, capabilities }: ContainerUser): string[] {
  return [
    `--reuid=${uid}`,
    `--regid=${gid}`,
    groups.length === 0 ? '--clear-groups' : `--groups=${groups.join(',')}`,
    '--no-new-privs',
    `--bounding-set=${['-all', ...capabilities.map((name) => `+${name}`)].join(',')}`,
    '--inh-caps=-all',
    '--',
  ];
}
